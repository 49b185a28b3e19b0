#include <toril/flow.hpp>

#include <gtest/gtest.h>

namespace toril {
namespace {

std::string complaint(const std::string& json) {
    const Result<FlowJob> flow = flow_job_from_json(*Json::parse(json));
    return flow ? "" : flow.error().message();
}

TEST(FlowJsonTest, ReadsAFlowAsBullmqTakesIt) {
    const Result<FlowJob> flow = flow_job_from_json(*Json::parse(R"(
        {"name":"scan","queueName":"site","data":{"n":12345678901234567890},
         "opts":{"attempts":3},
         "children":[{"name":"p","queueName":"pages","opts":{"failParentOnFailure":true},
                      "children":[{"name":"i","queueName":"images"}]},
                     {"name":"p2","queueName":"pages","children":null}]})"));

    ASSERT_TRUE(flow) << flow.error().message();
    EXPECT_EQ(flow->name, "scan");
    EXPECT_EQ(flow->queue, "site");
    EXPECT_EQ(flow->data.text(), R"({"n":12345678901234567890})");
    EXPECT_EQ(flow->options.attempts, 3);
    ASSERT_EQ(flow->children.size(), 2u);
    EXPECT_EQ(flow->children[0].options.parent_policy, ParentPolicy::fail_parent);
    EXPECT_EQ(flow->children[0].children.at(0).queue, "images");
    EXPECT_EQ(flow->children[0].children[0].data.text(), "{}");
    EXPECT_EQ(flow->children[1].name, "p2");
}

TEST(FlowJsonTest, SaysWhereAMemberIsWrong) {
    EXPECT_EQ(complaint(R"({"name":"a","queueName":"q","children":[{"name":"b"}]})"),
              R"(children[0]: it needs a "queueName")");
    EXPECT_EQ(complaint(R"({"name":7,"queueName":"q"})"),
              R"(the flow's root: "name" must be a string)");
    EXPECT_NE(complaint(R"({"name":"a","queueName":"q","children":{}})").find("array"),
              std::string::npos);
    EXPECT_NE(complaint(R"({"name":"a","queueName":"q","queue":"q"})").find("\"queue\""),
              std::string::npos);
    EXPECT_NE(complaint(R"({"name":"a","queueName":"q","children":[[]]})").find("children[0]"),
              std::string::npos);
    EXPECT_NE(complaint(R"({"name":"a","queueName":"q","children":[{"name":"b","queueName":"q",)"
                        R"("opts":{"attempts":"x"}}]})")
                  .find("children[0]: option \"attempts\""),
              std::string::npos);
    EXPECT_NE(complaint("[]"), "");
}

std::string of_generations(int generations) {
    std::string flow = R"({"name":"n","queueName":"q"})";
    for (int i = 1; i < generations; ++i)
        flow = R"({"name":"n","queueName":"q","children":[)" + flow + "]}";
    return flow;
}

TEST(FlowJsonTest, RefusesMoreGenerationsThanAFlowMayHave) {
    EXPECT_EQ(complaint(of_generations(64)), "");
    EXPECT_TRUE(flow_job_from_json(Json::unchecked(of_generations(flow_depth_max))));
    EXPECT_EQ(
        flow_job_from_json(Json::unchecked(of_generations(flow_depth_max + 1))).error().code(),
        ErrorCode::limit_reached);
}

TEST(FlowJsonTest, ShowsWhatWasAdded) {
    const FlowNode node{
        .queue = "site", .id = "P", .children = {{.queue = "pages", .id = "a", .existed = true}}};

    EXPECT_EQ(to_json(node).text(),
              R"({"id":"P","queueName":"site","existed":false,"children":[)"
              R"({"id":"a","queueName":"pages","existed":true,"children":[]}]})");
}

TEST(FlowJsonTest, ShowsATree) {
    FlowTree tree{.job = {.id = "P", .queue = "site"}, .more_children = 2, .stuck = "it hangs"};
    tree.children.push_back({.job = {.id = "a", .queue = "pages"}});

    const std::string text = to_json(tree).text();

    EXPECT_TRUE(Json::parse(text)) << text;
    EXPECT_TRUE(text.starts_with(R"({"job":{"id":"P","queue":"site")")) << text;
    EXPECT_TRUE(text.ends_with(R"("moreChildren":2,"stuck":"it hangs"})")) << text;
}

}  // namespace
}  // namespace toril

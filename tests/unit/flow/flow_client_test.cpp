#include "backend/faulty/faulty_store.hpp"
#include "flow_fixture.hpp"

#include <set>
#include <thread>

using namespace std::chrono_literals;

namespace toril::flow {
namespace {

TEST_F(FlowTest, AddsATreeOverQueuesAndAnswersItsShape) {
    const auto added =
        flows_.add(job("site", "P", {job("pages", "a", {job("images", "x")}), job("pages", "b")}));

    ASSERT_TRUE(added) << added.error().message();
    EXPECT_EQ(added->id, "P");
    ASSERT_EQ(added->children.size(), 2u);
    EXPECT_EQ(added->children[0].children.at(0).queue, "images");
    EXPECT_EQ(added->children[1].id, "b");
    EXPECT_EQ(stored("site", "P").state, JobState::waiting_children);
    EXPECT_EQ(stored("pages", "a").state, JobState::waiting_children);
    EXPECT_EQ(stored("images", "x").state, JobState::waiting);
    EXPECT_EQ(stored("pages", "b").parent_key, "bull:site:P");
}

TEST_F(FlowTest, WritesTheParentAndThePolicyIntoAChildsOptionsAsBullmqDoes) {
    FlowJob child = job("pages", "a");
    child.options.parent_policy = ParentPolicy::ignore_dependency;
    ASSERT_TRUE(flows_.add(job("site", "P", {child})));

    EXPECT_EQ(stored("pages", "a").opts.text(),
              R"({"attempts":0,"jobId":"a","parent":{"id":"P","queue":"bull:site"},"idof":true})");
    EXPECT_EQ(stored("pages", "a").parent.text(),
              R"({"id":"P","queueKey":"bull:site","idof":true})");
}

TEST_F(FlowTest, GivesJobsWithoutAnIdAUuidThatIsNotAmongTheirOptions) {
    const auto added = flows_.add(job("site", "", {job("pages", "")}));

    ASSERT_TRUE(added);
    EXPECT_EQ(added->id.size(), 36u);
    EXPECT_NE(added->id, added->children.at(0).id);
    EXPECT_EQ(stored("site", added->id).opts.text(), R"({"attempts":0})");
}

TEST_F(FlowTest, NamesTheJobThatCannotBeAddedAndAddsNothing) {
    FlowJob flow = job("site", "P", {job("pages", "a"), job("pages", "b", {job("images", "x")})});
    flow.children[1].children[0].options.attempts = 0;

    const auto added = flows_.add(flow);

    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code(), ErrorCode::invalid_argument);
    EXPECT_TRUE(added.error().message().starts_with("children[1].children[0]: attempts is 0"))
        << added.error().message();
    EXPECT_EQ(stored("site", "P").id, "");
    EXPECT_EQ(stored("pages", "a").id, "");
}

TEST_F(FlowTest, RefusesWhatHasNoMeaningInAFlow) {
    const auto complaint = [&](const FlowJob& flow) {
        const auto added = flows_.add(flow);
        return added ? "" : added.error().message();
    };
    FlowJob root = job("site", "P");
    root.options.parent_policy = ParentPolicy::fail_parent;
    EXPECT_TRUE(complaint(root).starts_with("the flow's root: ")) << complaint(root);
    FlowJob child = job("pages", "a");
    child.options.deduplication = Deduplication{.id = "d"};
    EXPECT_NE(complaint(job("site", "P", {child})).find("deduplication"), std::string::npos);
    child.options.deduplication.reset();
    child.options.parent = ParentRef{.queue = "q", .id = "1"};
    EXPECT_NE(complaint(job("site", "P", {child})).find("parent"), std::string::npos);
    EXPECT_NE(complaint(job("site", "P", {job("pa:ges", "a")})).find("':'"), std::string::npos);
    EXPECT_NE(complaint(job("site", "P", {job("pages", "7")})).find("integer"), std::string::npos);
    EXPECT_NE(complaint(job("site", "P", {job("q", "a"), job("q", "a")})).find("already"),
              std::string::npos);
}

TEST_F(FlowTest, RefusesMoreJobsAndGenerationsThanAFlowMayHave) {
    FlowJob deep = job("q", "");
    for (int i = 0; i < flow_depth_max; ++i)
        deep = job("q", "", {deep});
    EXPECT_EQ(flows_.add(deep).error().code(), ErrorCode::limit_reached);

    FlowJob wide = job("q", "", std::vector<FlowJob>(flow_jobs_max, job("q", "")));
    EXPECT_EQ(flows_.add(wide).error().code(), ErrorCode::limit_reached);
    wide.children.pop_back();
    EXPECT_TRUE(flows_.add(wide));
}

TEST_F(FlowTest, SaysWhichChildHasAnotherLivingParent) {
    ASSERT_TRUE(flows_.add(job("site", "P", {job("pages", "a")})));

    const auto added = flows_.add(job("site", "Q", {job("pages", "b"), job("pages", "a")}));

    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code(), ErrorCode::wrong_state);
    EXPECT_TRUE(added.error().message().starts_with("children[1]: ")) << added.error().message();
    EXPECT_EQ(stored("site", "Q").id, "");
    EXPECT_EQ(stored("pages", "b").id, "");
}

TEST_F(FlowTest, AddsManyFlowsEachWholeOrNotAtAll) {
    ASSERT_TRUE(flows_.add(job("site", "P", {job("pages", "a")})));
    FlowJob invalid = job("site", "");
    invalid.options.attempts = 0;
    std::vector<FlowJob> flows;
    for (int i = 0; i < 300; ++i)
        flows.push_back(job("site", "", {job("pages", ""), job("pages", "")}));
    flows[10] = job("site", "Q", {job("pages", "a")});
    flows[20] = invalid;

    const auto added = flows_.add_bulk(flows);

    ASSERT_EQ(added.size(), 300u);
    EXPECT_EQ(added[10].error().code(), ErrorCode::wrong_state);
    EXPECT_EQ(added[20].error().code(), ErrorCode::invalid_argument);
    for (const std::size_t i : {0u, 9u, 11u, 299u}) {
        ASSERT_TRUE(added[i]) << i;
        EXPECT_EQ(stored("site", added[i]->id).state, JobState::waiting_children) << i;
    }
    JobCounts counts;
    store_->counts("pages", [&](const auto& answer) { counts = *answer; });
    EXPECT_EQ(counts.waiting, 298u * 2 + 1);
}

TEST_F(FlowTest, AddsManyFlowsInFewSteps) {
    int steps = 0;
    FlowClient flows({.jobs = faulty::inject_faults(store_, [&](const faulty::Call&) {
                          ++steps;
                          return faulty::Fault::none;
                      })});
    const std::vector<FlowJob> many(100,
                                    job("site", "", std::vector<FlowJob>(9, job("pages", ""))));

    EXPECT_TRUE(flows.add_bulk(many).back());
    EXPECT_EQ(steps, 2);
}

TEST_F(FlowTest, AddsEachFlowOnceThoughEveryFirstAnswerGetsLost) {
    FlowClient flows({.jobs = faulty::inject_faults(store_, faulty::forget_every_first_answer()),
                      .timeout = 10s});
    std::vector<std::thread> callers;
    for (int caller = 0; caller < 4; ++caller)
        callers.emplace_back([&] {
            for (int i = 0; i < 3; ++i)
                EXPECT_TRUE(flows.add(job("site", "", {job("pages", "")})));
        });
    for (std::thread& caller : callers)
        caller.join();

    JobCounts counts;
    store_->counts("pages", [&](const auto& answer) { counts = *answer; });
    EXPECT_EQ(counts.waiting, 12u);
}

}  // namespace
}  // namespace toril::flow

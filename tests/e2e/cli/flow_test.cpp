// toril flow add, flow tree; explain and cancel of what waits for children.

#include "cli_fixture.hpp"

namespace toril::e2e {
namespace {

namespace json = boost::json;

constexpr const char* book = R"({"name":"book","queueName":"q","opts":{"jobId":"book"},"children":[
    {"name":"page","queueName":"q","data":{"n":1},"opts":{"jobId":"p1"}},
    {"name":"page","queueName":"far","data":{"n":2},"opts":{"jobId":"p2"}}]})";

class FlowTest : public StoreCliTest {};
TORIL_ON_EACH_STORE(FlowTest);

TEST_P(FlowTest, AddsATreeAndPrintsItsIds) {
    const Finished added = run({"flow", "add", "-"}, book);

    EXPECT_EQ(added.exit_code, 0) << added.err;
    EXPECT_EQ(added.out, "book  q\n  p1  q\n  p2  far\n");
    EXPECT_EQ(counts()["waiting-children"], 1);
    EXPECT_EQ(counts()["waiting"], 1);
}

TEST_P(FlowTest, TheTreeIsReadBackWithWhatBecameOfIt) {
    run({"flow", "add", "-"}, book);
    run({"work", "q", "--noop", "--until-empty"});

    const json::value tree = json({"flow", "tree", "q", "book"});
    EXPECT_EQ(tree.at("job").at("state"), "waiting-children");
    EXPECT_EQ(tree.at("children").as_array().size(), 2u);
    run({"work", "far", "--noop", "--until-empty"});
    run({"work", "q", "--noop", "--until-empty"});
    EXPECT_EQ(job("book")["state"], "completed");
}

TEST_P(FlowTest, AParentThatCannotGoOnIsShownAsStuck) {
    run({"flow", "add", "-"}, book);
    run({"work", "q", "--exec", "exit 1", "--until-empty"});

    EXPECT_NE(run({"flow", "tree", "q", "book"}).out.find("stuck: "), std::string::npos);
    const std::string why = run({"explain", "q", "book"}).out;
    EXPECT_NE(why.find("p1"), std::string::npos) << why;
    EXPECT_NE(why.find("failed"), std::string::npos) << why;
}

TEST_P(FlowTest, NothingIsAddedOfATreeThatIsNotAcceptable) {
    const Finished refused = run({"flow", "add", "-"}, R"({"name":"a","queueName":"q","children":[
        {"name":"b","queueName":"q"},{"name":"c","queueName":"q:x"}]})");

    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_NE(refused.err.find("q:x"), std::string::npos) << refused.err;
    EXPECT_EQ(counts()["waiting"], 0);
    EXPECT_EQ(run({"flow", "add", "-"}, "{}").exit_code, 2);
    EXPECT_EQ(run({"flow", "add", "-"}, "no json").exit_code, 2);
    EXPECT_EQ(run({"flow", "add", folder.path() + "/none.json"}).exit_code, 2);
    EXPECT_EQ(run({"flow", "tree", "q", "none"}).exit_code, 3);
}

TEST_P(FlowTest, RemovingAParentMaySpareItsChildren) {
    run({"flow", "add", "-"}, book);

    EXPECT_EQ(run({"remove", "q", "book", "--keep-children"}).exit_code, 0);
    EXPECT_EQ(counts()["waiting"], 1);
}

TEST_P(FlowTest, CancellingAJobThatWaitsForChildrenFailsIt) {
    run({"flow", "add", "-"}, book);

    EXPECT_EQ(json({"cancel", "q", "book", "--reason", "no time"}).at("was"), "waiting-children");
    EXPECT_EQ(job("book")["state"], "failed");
    EXPECT_EQ(job("book")["failedReason"], "no time");
}

}  // namespace
}  // namespace toril::e2e

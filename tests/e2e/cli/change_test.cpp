// toril retry, promote, remove, update.

#include "cli_fixture.hpp"

namespace toril::e2e {
namespace {

class ChangeTest : public StoreCliTest {
protected:
    std::string add_failed() {
        const std::string id = add({"n"});
        EXPECT_EQ(run({"work", "q", "--exec", "exit 1", "--until-empty"}).exit_code, 0);
        EXPECT_EQ(job(id)["state"], "failed");
        return id;
    }
};
TORIL_ON_EACH_STORE(ChangeTest);

TEST_P(ChangeTest, RetryPutsAFailedJobBack) {
    const std::string id = add_failed();

    EXPECT_EQ(run({"retry", "q", id}).exit_code, 0);
    EXPECT_EQ(job(id)["state"], "waiting");
}

TEST_P(ChangeTest, RetryOfAWholeStateSaysHowMany) {
    add_failed();
    add_failed();

    EXPECT_EQ(json({"retry", "q", "--state", "failed"}).at("retried"), 2);
    EXPECT_EQ(counts()["waiting"], 2);
    EXPECT_EQ(run({"retry", "q", "--state", "failed"}).out, "0\n");
}

TEST_P(ChangeTest, RefusesToRetryAJobThatDidNotFail) {
    EXPECT_EQ(run({"retry", "q", add({"n"})}).exit_code, 4);
    EXPECT_EQ(run({"retry", "q"}).exit_code, 2);
    EXPECT_EQ(run({"retry", "q", "--state", "delayed"}).exit_code, 2);
}

TEST_P(ChangeTest, PromoteRunsADelayedJobNow) {
    const std::string id = add({"n", "--delay", "1h"});

    EXPECT_EQ(run({"promote", "q", id}).exit_code, 0);
    EXPECT_EQ(job(id)["state"], "waiting");
    EXPECT_EQ(run({"promote", "q", id}).exit_code, 4);
}

TEST_P(ChangeTest, PromoteOfAllSaysHowMany) {
    add({"n", "--delay", "1h"});
    add({"n", "--delay", "2h"});

    EXPECT_EQ(run({"promote", "q", "--all"}).out, "2\n");
    EXPECT_EQ(counts()["delayed"], 0);
}

TEST_P(ChangeTest, RemoveTakesTheJobAway) {
    const std::string id = add({"n"});

    EXPECT_EQ(json({"remove", "q", id}).at("removed"), true);
    EXPECT_EQ(run({"remove", "q", id}).exit_code, 3);
}

TEST_P(ChangeTest, UpdateChangesDataAndPriority) {
    const std::string id = add({"n", "1", "--priority", "5"});

    EXPECT_EQ(run({"update", "q", id, "--data", R"({"new":true})", "--priority", "2"}).exit_code,
              0);
    EXPECT_EQ(job(id)["data"].at("new"), true);
    EXPECT_EQ(job(id)["priority"], 2);
}

TEST_P(ChangeTest, UpdateChangesTheDelayOfADelayedJobOnly) {
    const std::string delayed = add({"n", "--delay", "1h"});
    const std::string waiting = add({"n"});

    EXPECT_EQ(run({"update", "q", delayed, "--delay", "2h"}).exit_code, 0);
    EXPECT_EQ(job(delayed)["delay"], 7'200'000);
    EXPECT_EQ(run({"update", "q", waiting, "--delay", "2h"}).exit_code, 4);
    EXPECT_EQ(run({"update", "q", waiting}).exit_code, 2);
}

}  // namespace
}  // namespace toril::e2e

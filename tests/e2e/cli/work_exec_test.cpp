// toril work --exec.

#include "cli_fixture.hpp"

namespace toril::e2e {
namespace {

namespace json = boost::json;

class WorkExecTest : public StoreCliTest {
protected:
    Finished work(const std::string& command, const Words& more = {}) {
        Words words{"work", "q", "--exec", command, "--until-empty"};
        words.insert(words.end(), more.begin(), more.end());
        return run(words);
    }
};
TORIL_ON_EACH_STORE(WorkExecTest);

TEST_P(WorkExecTest, GivesTheDataOnStdinAndTakesStdoutAsTheReturnValue) {
    const std::string id = add({"n", R"({"a":[1,2]})"});

    EXPECT_EQ(work("cat").exit_code, 0);
    EXPECT_EQ(job(id)["state"], "completed");
    EXPECT_EQ(json::serialize(job(id)["returnvalue"]), R"({"a":[1,2]})");
}

TEST_P(WorkExecTest, TakesOutputThatIsNotJsonAsAText) {
    const std::string text = add({"n"});
    EXPECT_EQ(work("echo hello world").exit_code, 0);
    const std::string nothing = add({"n"});
    EXPECT_EQ(work("true").exit_code, 0);

    EXPECT_EQ(job(text)["returnvalue"], "hello world");
    EXPECT_TRUE(job(nothing)["returnvalue"].is_null());
}

TEST_P(WorkExecTest, TellsTheCommandWhichJobItIs) {
    const std::string id = add({"send mail"});

    work("echo \"$TORIL_JOB_ID|$TORIL_JOB_NAME|$TORIL_QUEUE|$TORIL_ATTEMPT\"");
    EXPECT_EQ(job(id)["returnvalue"], json::value(id + "|send mail|q|1"));
}

TEST_P(WorkExecTest, FailsTheAttemptWithTheLastLineOfStderr) {
    const std::string id = add({"n"});

    EXPECT_EQ(work("echo first >&2; echo disk is full >&2; echo >&2; exit 3").exit_code, 0);
    EXPECT_EQ(job(id)["state"], "failed");
    EXPECT_EQ(job(id)["failedReason"], "disk is full");
}

TEST_P(WorkExecTest, SaysHowASilentCommandEnded) {
    const std::string exited = add({"n"});
    work("exit 3");
    const std::string killed = add({"n"});
    work("kill -9 $$");

    EXPECT_EQ(job(exited)["failedReason"], "the command ended with exit code 3");
    EXPECT_EQ(job(killed)["failedReason"], "the command was ended by signal 9 (Killed)");
}

TEST_P(WorkExecTest, RunsAFailedAttemptAgainWithTheNextNumber) {
    const std::string id = add({"n", "{}", "--attempts", "3", "--backoff", "fixed:1ms"});

    work("echo $TORIL_ATTEMPT; test $TORIL_ATTEMPT = 3");
    EXPECT_EQ(job(id)["state"], "completed");
    EXPECT_EQ(job(id)["returnvalue"], 3);
    EXPECT_EQ(job(id)["attemptsMade"], 3);
}

TEST_P(WorkExecTest, FailsForGoodWithExitCode65) {
    const std::string id = add({"n", "{}", "--attempts", "5"});

    work("echo not a picture >&2; exit 65");
    EXPECT_EQ(job(id)["state"], "failed");
    EXPECT_EQ(job(id)["failedReason"], "not a picture");
    EXPECT_EQ(job(id)["attemptsMade"], 1);
}

TEST_P(WorkExecTest, MovesMegabytesThroughBothPipesAtOnce) {
    const std::string text(3'000'000, 'x');
    const std::string path = folder.write("big.json", "\"" + text + "\"");
    const std::string id = add({"n", "@" + path});

    EXPECT_EQ(work("cat").exit_code, 0);
    EXPECT_TRUE(job(id)["returnvalue"] == json::value(text));
}

TEST_P(WorkExecTest, CompletesWhenTheCommandDoesNotReadItsInput) {
    const std::string path = folder.write("big.json", "\"" + std::string(1'000'000, 'x') + "\"");
    const std::string id = add({"n", "@" + path});

    work("echo 1");
    EXPECT_EQ(job(id)["returnvalue"], 1);
}

TEST_P(WorkExecTest, DoesNotWaitForWhatTheCommandLeftBehind) {
    const std::string id = add({"n"});

    EXPECT_EQ(work("sleep 600 & echo done").exit_code, 0);
    EXPECT_EQ(job(id)["returnvalue"], "done");
}

TEST_P(WorkExecTest, RefusesOutputWithoutEnd) {
    const std::string id = add({"n"});

    EXPECT_EQ(work("yes").exit_code, 0);
    EXPECT_EQ(job(id)["state"], "failed");
    EXPECT_NE(job(id)["failedReason"].as_string().find("output"), json::string::npos);
}

TEST_P(WorkExecTest, KillsTheWholeGroupWhenTheRunTakesTooLong) {
    const std::string id = add({"n"});

    EXPECT_EQ(work("sleep 600; true", {"--timeout", "200ms"}).exit_code, 0);
    EXPECT_EQ(job(id)["state"], "failed");
}

}  // namespace
}  // namespace toril::e2e

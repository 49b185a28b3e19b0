// toril counts, jobs, job, logs, wait, health, version.

#include "cli_fixture.hpp"

namespace toril::e2e {
namespace {

namespace json = boost::json;

class LookTest : public StoreCliTest {};
TORIL_ON_EACH_STORE(LookTest);

TEST_P(LookTest, CountsJobsOfEachState) {
    add({"a"});
    add({"b", "--delay", "1h"});
    add({"c", "--priority", "1"});

    const json::object expected{{"waiting", 1},
                                {"active", 0},
                                {"delayed", 1},
                                {"prioritized", 1},
                                {"waiting-children", 0},
                                {"completed", 0},
                                {"failed", 0},
                                {"paused", 0}};
    EXPECT_EQ(counts(), expected);
    EXPECT_NE(run({"counts", "q"}).out.find("waiting"), std::string::npos);
}

TEST_P(LookTest, ListsAPageOfJobsNewestFirst) {
    for (int i = 0; i < 3; ++i)
        add({"n", std::to_string(i)});

    const json::array newest = json({"jobs", "q", "--state", "waiting", "--end", "1"}).as_array();
    ASSERT_EQ(newest.size(), 2u);
    EXPECT_EQ(newest.at(0).at("id"), "3");
    const json::array oldest =
        json({"jobs", "q", "--state", "waiting", "--start", "-1", "--end", "-1", "--asc"})
            .as_array();
    ASSERT_EQ(oldest.size(), 1u);
    EXPECT_EQ(oldest.at(0).at("id"), "3");
}

TEST_P(LookTest, PrintsAJobALineAsAStream) {
    add({"a"});
    add({"b"});
    const Finished finished = run({"jobs", "q", "--state", "waiting", "--jsonl"});

    const std::size_t end = finished.out.find('\n');
    EXPECT_EQ(json::parse(finished.out.substr(0, end)).at("name"), "b");
    EXPECT_EQ(json::parse(finished.out.substr(end + 1)).at("name"), "a");
}

TEST_P(LookTest, ShowsAJobWithTheFieldsOfBullMQ) {
    const json::object shown = job(add({"send", "{}", "--delay", "1h"}));

    for (const char* field : {"id",
                              "queue",
                              "state",
                              "name",
                              "data",
                              "opts",
                              "progress",
                              "attemptsMade",
                              "attemptsStarted",
                              "stalledCounter",
                              "timestamp",
                              "delay",
                              "priority",
                              "returnvalue",
                              "stacktrace"})
        EXPECT_TRUE(shown.contains(field)) << field;
    EXPECT_EQ(shown.at("state"), "delayed");
    EXPECT_EQ(shown.at("delay"), 3'600'000);
    EXPECT_TRUE(shown.at("timestamp").is_int64());
    EXPECT_TRUE(shown.at("id").is_string());
}

TEST_P(LookTest, ExitsWithThreeForAJobThatIsNotThere) {
    for (const Words& words : {Words{"job", "q", "77"},
                               Words{"logs", "q", "77"},
                               Words{"wait", "q", "77"},
                               Words{"retry", "q", "77"},
                               Words{"promote", "q", "77"},
                               Words{"remove", "q", "77"},
                               Words{"update", "q", "77", "--data", "1"}}) {
        const Finished finished = run(words);
        EXPECT_EQ(finished.exit_code, 3) << words.front() << ": " << finished.err;
        EXPECT_TRUE(finished.err.starts_with("toril: error: ")) << finished.err;
        EXPECT_EQ(finished.out, "") << words.front();
    }
}

TEST_P(LookTest, ShowsTheLogOfAJob) {
    const json::object logs = json({"logs", "q", add({"n"})}).as_object();

    EXPECT_EQ(logs.at("count"), 0);
    EXPECT_TRUE(logs.at("logs").as_array().empty());
}

TEST_P(LookTest, WaitsUntilAJobIsFinished) {
    const std::string good = add({"n"});
    Process waiting({"wait", "q", good, "--json"}, environment);
    EXPECT_EQ(run({"work", "q", "--exec", "echo 5", "--until-empty"}).exit_code, 0);
    const Finished finished = waiting.wait();

    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(json::parse(finished.out).at("returnvalue"), 5);
    EXPECT_EQ(run({"wait", "q", good}).out, "5\n");
}

TEST_P(LookTest, ExitsWithOneWhenTheJobItWaitsForFailed) {
    const std::string id = add({"n"});
    run({"work", "q", "--exec", "echo broken >&2; exit 1", "--until-empty"});
    const Finished finished = run({"wait", "q", id});

    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_NE(finished.err.find("broken"), std::string::npos);
}

TEST_P(LookTest, ExitsWithSevenWhenTheWaitIsOver) {
    EXPECT_EQ(run({"wait", "q", add({"n"}), "--timeout", "50ms"}).exit_code, 7);
}

TEST_P(LookTest, IsHealthyWhenTheStoreAnswers) {
    const json::object health = json({"health"}).as_object();

    EXPECT_EQ(health.at("status"), "healthy");
    const json::object store = health.at("services").at("store").as_object();
    EXPECT_EQ(store.at("status"), "up");
    EXPECT_EQ(store.at("connected"), true);
    EXPECT_TRUE(store.at("responseTime").is_double());
    EXPECT_TRUE(store.at("error").is_null());
    EXPECT_EQ(store.at("optional"), false);
    EXPECT_TRUE(store.at("fallbackMode").is_null());
    EXPECT_EQ(run({"health"}).exit_code, 0);
}

class AwayTest : public CliTest {
protected:
    AwayTest() {
        environment["REDIS_URL"] = "redis://:s3cret@127.0.0.1:1";
        environment["TORIL_COMMAND_TIMEOUT"] = "300ms";
    }
};

TEST_F(AwayTest, EveryCommandExitsWithFiveAndSaysWhatToDo) {
    for (const Words& words :
         {Words{"add", "q", "n"},
          Words{"counts", "q"},
          Words{"jobs", "q"},
          Words{"job", "q", "1"},
          Words{"logs", "q", "1"},
          Words{"wait", "q", "1"},
          Words{"retry", "q", "1"},
          Words{"promote", "q", "1"},
          Words{"remove", "q", "1"},
          Words{"update", "q", "1", "--data", "1"},
          Words{"queue", "ls"},
          Words{"queue", "show", "q"},
          Words{"queue", "pause", "q"},
          Words{"queue", "resume", "q"},
          Words{"queue", "drain", "q", "--yes"},
          Words{"queue", "obliterate", "q", "--yes"},
          Words{"queue", "clean", "q", "--state", "failed", "--older-than", "0s", "--yes"},
          Words{"redis", "ping"},
          Words{"redis", "info"},
          Words{"redis", "dbsize"}}) {
        const Finished finished = run(words);
        EXPECT_EQ(finished.exit_code, 5) << words.front() << ": " << finished.err;
        EXPECT_NE(finished.err.find("REDIS_URL"), std::string::npos) << finished.err;
        EXPECT_EQ(finished.err.find("s3cret"), std::string::npos) << finished.err;
        EXPECT_EQ(finished.out, "");
    }
}

TEST_F(AwayTest, HealthIsADocumentAllTheSame) {
    const Finished finished = run({"health", "--json"});
    const json::value health = json::parse(finished.out);

    EXPECT_EQ(finished.exit_code, 5);
    EXPECT_EQ(health.at("status"), "unhealthy");
    EXPECT_EQ(health.at("services").at("store").at("connected"), false);
    EXPECT_TRUE(health.at("services").at("store").at("error").is_string());
    EXPECT_EQ(finished.out.find("s3cret"), std::string::npos);
}

TEST_F(AwayTest, HealthIsDegradedByChoiceWhenRedisIsDisabled) {
    environment["REDIS_DISABLED"] = "1";
    const json::object health = json({"health"}).as_object();

    EXPECT_EQ(health.at("status"), "degraded");
    EXPECT_EQ(health.at("services").at("redis").at("fallbackMode"), "sqlite");
    EXPECT_EQ(health.at("services").at("redis").at("optional"), true);
}

class VersionTest : public CliTest {};

TEST_F(VersionTest, IsTheSameByWordAndByFlag) {
    EXPECT_TRUE(run({"version"}).out.starts_with("toril "));
    EXPECT_EQ(run({"version"}).out, run({"--version"}).out);
    EXPECT_EQ(json({"version"}).at("name"), "toril");
}

}  // namespace
}  // namespace toril::e2e

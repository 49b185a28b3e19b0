// Jobs by name, data and error; what is done to many of them; explain; deduplication; limits.

#include "cli_fixture.hpp"

namespace toril::e2e {
namespace {

namespace json = boost::json;

class SearchTest : public StoreCliTest {
protected:
    void SetUp() override {
        add({"mail", R"({"user":{"id":1},"tags":["a","b"]})", "--id", "one"});
        add({"mail", R"({"user":{"id":"1"}})", "--id", "two"});
        add({"text", R"({"user":{"id":2.0}})", "--id", "three", "--delay", "1h"});
    }

    std::string ids(const Words& words) {
        Words all{"jobs", "q"};
        all.insert(all.end(), words.begin(), words.end());
        std::string text;
        const json::array found = json(all).as_array();
        for (const json::value& each : found)
            text.append(each.at("id").as_string()).append(" ");
        return text;
    }
};
TORIL_ON_EACH_STORE(SearchTest);

TEST_P(SearchTest, FindsJobsByNameAndData) {
    EXPECT_EQ(ids({"--name", "text"}), "three ");
    EXPECT_EQ(ids({"--data", "user.id=1"}), "one ");
    EXPECT_EQ(ids({"--data", "user.id=\"1\""}), "two ");
    EXPECT_EQ(ids({"--data", "user.id=2"}), "three ");
    EXPECT_EQ(ids({"--data", "tags.1=b"}), "one ");
    EXPECT_EQ(ids({"--name", "mail", "--state", "delayed"}), "");
    EXPECT_EQ(run({"jobs", "q", "--data", "user.id"}).exit_code, 2);
    EXPECT_EQ(run({"jobs", "q", "--name", "n", "--start", "5"}).exit_code, 2);
}

TEST_P(SearchTest, RetriesThoseThatFailedForAReason) {
    run({"work",
         "q",
         "--exec",
         "test \"$TORIL_JOB_ID\" = one && { echo timeout >&2; exit 1; }; echo full >&2; exit 1",
         "--until-empty"});
    ASSERT_EQ(counts()["failed"], 2);

    EXPECT_EQ(run({"retry", "q", "--error", "time", "--dry-run"}).out, "one\n");
    EXPECT_EQ(counts()["failed"], 2);
    EXPECT_EQ(json({"retry", "q", "--error", "time"}).at("retried"), 1);
    EXPECT_EQ(job("one")["state"], "waiting");
    EXPECT_EQ(job("two")["state"], "failed");
}

TEST_P(SearchTest, RemovesAndPromotesThoseThatMatch) {
    EXPECT_EQ(run({"remove", "q", "--name", "mail"}).exit_code, 4);
    EXPECT_EQ(run({"remove", "q", "--name", "mail", "--yes"}).out, "2\n");
    EXPECT_EQ(run({"promote", "q", "--name", "text"}).out, "1\n");
    EXPECT_EQ(counts()["waiting"], 1);
    EXPECT_EQ(run({"remove", "q"}).exit_code, 2);
    EXPECT_EQ(run({"remove", "q", "three", "--name", "text"}).exit_code, 2);
}

TEST_P(SearchTest, ExplainsWhyAJobIsNotRunning) {
    const auto why = [&](const char* id) { return run({"explain", "q", id}).out; };
    EXPECT_NE(why("one").find("no worker"), std::string::npos) << why("one");
    EXPECT_NE(why("three").find("delayed"), std::string::npos) << why("three");
    run({"queue", "pause", "q"});
    EXPECT_NE(why("one").find("paused"), std::string::npos) << why("one");
    EXPECT_EQ(run({"explain", "q", "none"}).exit_code, 3);
}

TEST_P(SearchTest, ADuplicateAddsNothing) {
    const std::string id = add({"n", "{}", "--dedup", "d:1h"});
    const Finished again = run({"add", "q", "n", "{}", "--dedup", "d:1h"});

    EXPECT_EQ(again.out, id + "\n");
    EXPECT_NE(again.err.find("nothing was added"), std::string::npos) << again.err;
    EXPECT_EQ(run({"queue", "dedup", "q", "d"}).out, id + "\n");
    EXPECT_EQ(json({"queue", "dedup", "q", "d", "--remove"}).at("removed"), true);
    EXPECT_EQ(run({"queue", "dedup", "q", "d"}).exit_code, 3);
    EXPECT_NE(add({"n", "{}", "--dedup", "d"}), id);
    EXPECT_EQ(run({"add", "q", "n", "--dedup-replace"}).exit_code, 2);
}

TEST_P(SearchTest, LimitsAreSharedByAllWorkers) {
    EXPECT_EQ(run({"queue", "limit", "q"}).out, "none\n");
    EXPECT_EQ(run({"queue", "limit", "q", "1/1h"}).out, "1/1h\n");
    EXPECT_EQ(run({"queue", "concurrency", "q", "3"}).out, "3\n");
    EXPECT_EQ(json({"queue", "concurrency", "q"}).at("concurrency"), 3);
    EXPECT_EQ(run({"queue", "limit", "q", "0/1h"}).exit_code, 2);
    EXPECT_EQ(run({"queue", "concurrency", "q", "-1"}).exit_code, 2);

    Process worker({"work", "q", "--noop"}, environment);
    run({"wait", "q", "one", "--timeout", "20s"});
    EXPECT_EQ(job("one")["state"], "completed");
    EXPECT_EQ(counts()["waiting"], 1);
    EXPECT_GT(json({"queue", "limit", "q"}).at("limitedForMs").as_int64(), 0);
    EXPECT_NE(run({"explain", "q", "two"}).out.find("rate limit"), std::string::npos);
}

TEST_P(SearchTest, FinishedJobsAreCountedForPrometheus) {
    run({"work", "q", "--noop", "--until-empty", "--reach", "0s", "--metrics-points", "60"});

    EXPECT_EQ(json({"queue", "metrics", "q"}).at("completed").at("count"), 2);
    const std::string text = run({"queue", "metrics", "q", "--prometheus"}).out;
    EXPECT_NE(text.find("bullmq_job_count{queue=\"q\", state=\"completed\"} 2\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("bullmq_job_completed_total{queue=\"q\"} 2\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace toril::e2e

// toril queue ls, show, pause, resume, drain, clean, obliterate.

#include "cli_fixture.hpp"

namespace toril::e2e {
namespace {

namespace json = boost::json;

class QueueTest : public StoreCliTest {};
TORIL_ON_EACH_STORE(QueueTest);

TEST_P(QueueTest, ListsQueuesSorted) {
    EXPECT_EQ(run({"queue", "ls"}).out, "");
    run({"add", "b", "n"});
    run({"add", "a", "n"});

    EXPECT_EQ(run({"queue", "ls"}).out, "a\nb\n");
    const json::array queues = json({"queue", "ls"}).as_array();
    ASSERT_EQ(queues.size(), 2u);
    EXPECT_EQ(queues.at(0).at("name"), "a");
    EXPECT_EQ(queues.at(0).at("counts").at("waiting"), 1);
}

TEST_P(QueueTest, PausesAndResumes) {
    add({"n"});
    EXPECT_EQ(run({"queue", "pause", "q"}).exit_code, 0);
    EXPECT_EQ(json({"queue", "show", "q"}).at("paused"), true);
    EXPECT_EQ(run({"queue", "pause", "q"}).exit_code, 0);
    EXPECT_EQ(run({"queue", "resume", "q"}).exit_code, 0);
    EXPECT_EQ(json({"queue", "show", "q"}).at("paused"), false);
    EXPECT_EQ(run({"queue", "pause", "q", "--pause-style", "v7"}).exit_code, 2);
}

TEST_P(QueueTest, DrainsWhatWaitsAndDelayedJobsIfAsked) {
    add({"n"});
    add({"n", "--priority", "1"});
    add({"n", "--delay", "1h"});

    EXPECT_EQ(run({"queue", "drain", "q", "--yes"}).out, "2\n");
    EXPECT_EQ(counts()["delayed"], 1);
    EXPECT_EQ(json({"queue", "drain", "q", "--delayed", "--yes"}).at("removed"), 1);
}

TEST_P(QueueTest, CleansOldJobsOfOneState) {
    for (int i = 0; i < 3; ++i)
        add({"n"});
    run({"work", "q", "--noop", "--until-empty"});
    ASSERT_EQ(counts()["completed"], 3);

    const Words clean{"queue", "clean", "q", "--state", "completed", "--yes"};
    Words old = clean;
    old.insert(old.end(), {"--older-than", "1h"});
    EXPECT_EQ(json(old).at("removed"), 0);
    Words limited = clean;
    limited.insert(limited.end(), {"--older-than", "0s", "--limit", "2"});
    EXPECT_EQ(json(limited).at("removed"), 2);
    EXPECT_EQ(counts()["completed"], 1);
}

TEST_P(QueueTest, ObliteratesAQueueWithEverythingInIt) {
    add({"n"});
    add({"n", "--delay", "1h"});

    EXPECT_EQ(run({"queue", "obliterate", "q", "--yes"}).exit_code, 0);
    EXPECT_EQ(run({"queue", "ls"}).out, "");
}

TEST_P(QueueTest, DestroysNothingWithoutYesOrATerminal) {
    add({"n"});
    for (const Words& words :
         {Words{"queue", "drain", "q"},
          Words{"queue", "obliterate", "q"},
          Words{"queue", "clean", "q", "--state", "waiting", "--older-than", "0s"}}) {
        const Finished finished = run(words, "y\nq\n");
        EXPECT_EQ(finished.exit_code, 4) << words[1];
        EXPECT_NE(finished.err.find("--yes"), std::string::npos) << finished.err;
    }
    EXPECT_EQ(counts()["waiting"], 1);
}

TEST_P(QueueTest, ADryRunSaysWhatItWouldDoAndDoesNothing) {
    const std::string id = add({"n"});

    EXPECT_EQ(run({"queue", "drain", "q", "--dry-run"}).out, "1\n");
    EXPECT_EQ(run({"queue", "obliterate", "q", "--dry-run"}).out, "1\n");
    EXPECT_EQ(
        run({"queue", "clean", "q", "--state", "waiting", "--older-than", "0s", "--dry-run"}).out,
        id + "\n");
    EXPECT_EQ(
        run({"queue", "clean", "q", "--state", "waiting", "--older-than", "1h", "--dry-run"}).out,
        "");
    EXPECT_EQ(counts()["waiting"], 1);
}

}  // namespace
}  // namespace toril::e2e

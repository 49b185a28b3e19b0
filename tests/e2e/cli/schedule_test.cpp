// toril schedule set, ls, get, rm, next.

#include "cli_fixture.hpp"

namespace toril::e2e {
namespace {

namespace json = boost::json;

class ScheduleTest : public StoreCliTest {};
TORIL_ON_EACH_STORE(ScheduleTest);

TEST_P(ScheduleTest, MakesAJobAtEachInterval) {
    const json::value set = json({"schedule",
                                  "set",
                                  "q",
                                  "tick",
                                  "--every",
                                  "20ms",
                                  "--name",
                                  "n",
                                  "--data",
                                  R"({"a":1})",
                                  "--limit",
                                  "3"});
    EXPECT_EQ(set.at("every"), 20);
    EXPECT_EQ(run({"work", "q", "--noop", "--until-empty"}).exit_code, 0);

    const json::array done = json({"jobs", "q", "--state", "completed"}).as_array();
    ASSERT_EQ(done.size(), 3u);
    EXPECT_EQ(done.at(0).at("name"), "n");
    EXPECT_EQ(done.at(0).at("data").at("a"), 1);
    EXPECT_EQ(json({"schedule", "get", "q", "tick"}).at("iterationCount"), 3);
}

TEST_P(ScheduleTest, IsListedByItsNextRunAndRemoved) {
    run({"schedule", "set", "q", "night", "--pattern", "0 3 * * *", "--tz", "Europe/Berlin"});
    run({"schedule", "set", "q", "hour", "--every", "1h"});

    const json::array list = json({"schedule", "ls", "q"}).as_array();
    ASSERT_EQ(list.size(), 2u);
    EXPECT_EQ(list.at(0).at("id"), "hour");
    EXPECT_EQ(list.at(1).at("tz"), "Europe/Berlin");
    EXPECT_EQ(run({"schedule", "rm", "q", "night"}).exit_code, 0);
    EXPECT_EQ(run({"schedule", "rm", "q", "night"}).exit_code, 3);
    EXPECT_EQ(run({"schedule", "get", "q", "night"}).exit_code, 3);
    EXPECT_EQ(counts()["delayed"], 0);
}

TEST_P(ScheduleTest, ThePendingRunIsNotRemovedByHand) {
    const json::value set = json({"schedule", "set", "q", "hour", "--every", "1h"});
    const std::string run_id =
        "repeat:hour:" + std::to_string(set.at("next").to_number<std::int64_t>());

    const Finished refused = run({"remove", "q", run_id});
    EXPECT_EQ(refused.exit_code, 4);
    EXPECT_NE(refused.err.find("schedule"), std::string::npos) << refused.err;
}

TEST_P(ScheduleTest, SaysWhenItRunsNext) {
    const Finished next = run({"schedule",
                               "next",
                               "--pattern",
                               "30 2 * * *",
                               "--tz",
                               "Europe/Berlin",
                               "--from",
                               "2026-03-28T00:00:00Z",
                               "--count",
                               "3"});
    // The clock goes forward on the 29th: 02:30 is not there that day, and becomes 03:30, as in
    // Node.
    EXPECT_EQ(next.out,
              "2026-03-28T01:30:00.000Z\n2026-03-29T01:30:00.000Z\n2026-03-30T00:30:00.000Z\n");
    const Finished every = run(
        {"schedule", "next", "--every", "1h", "--from", "2026-03-28T00:30:00Z", "--count", "1"});
    EXPECT_EQ(every.out, "2026-03-28T01:00:00.000Z\n");
}

TEST_P(ScheduleTest, RefusesWhatCannotBe) {
    const std::vector<Words> wrong{{"--every", "5m", "--pattern", "* * * * *"},
                                   {},
                                   {"--every", "0s"},
                                   {"--pattern", "61 * * * *"},
                                   {"--pattern", "* * *"},
                                   {"--pattern", "0 3 * * *", "--tz", "Europe/Atlantis"},
                                   {"--every", "5m", "--end", "2020-01-01"},
                                   {"--every", "5m", "--start", "tomorrow"},
                                   {"--every", "5m", "--missed", "twice"},
                                   {"--every", "5m", "--opts", "[]"},
                                   {"--every", "5m", "--limit", "0"}};
    for (const Words& words : wrong) {
        Words all{"schedule", "set", "q", "s"};
        all.insert(all.end(), words.begin(), words.end());
        const Finished refused = run(all);
        EXPECT_EQ(refused.exit_code, 2) << (words.empty() ? "nothing" : words.back());
        EXPECT_NE(refused.err.find("toril: error: "), std::string::npos);
    }
    EXPECT_TRUE(json({"schedule", "ls", "q"}).as_array().empty());
}

}  // namespace
}  // namespace toril::e2e

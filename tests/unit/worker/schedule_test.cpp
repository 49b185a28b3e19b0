// What is to be done about the scheduler of a run that was taken.

#include "worker/schedule.hpp"

#include "base/schedule.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace toril::worker {
namespace {

constexpr Timestamp noon{Millis{1'700'049'600'000}};  // 2023-11-15 12:00 UTC

class ScheduleTest : public testing::Test {
protected:
    SchedulePlan plan() { return plan_schedule(rule_, run_).value(); }

    Repeat rule_{.every = 1h};
    TakenRun run_{.at = noon, .now = noon, .count = 1};
};

TEST_F(ScheduleTest, LeavesTheTimeOfAnIntervalToTheStore) {
    EXPECT_TRUE(plan().goes_on);
    EXPECT_EQ(plan().next, Timestamp{});
    EXPECT_FALSE(plan().is_missed);
}

TEST_F(ScheduleTest, WorksOutTheNextTimeOfAPattern) {
    rule_ = {.pattern = "*/15 * * * *"};
    EXPECT_EQ(plan().next, noon + 15min);
}

TEST_F(ScheduleTest, LeavesOutTheTimesOfAPatternThatArePast) {
    rule_ = {.pattern = "*/15 * * * *"};
    run_.now = noon + 40min;
    EXPECT_EQ(plan().next, noon + 45min);
}

TEST_F(ScheduleTest, MakesEachTimeOfAPatternWhenMissedRunsAreAllRun) {
    rule_ = {.pattern = "*/15 * * * *", .missed = MissedRuns::all};
    run_.now = noon + 40min;
    EXPECT_EQ(plan().next, noon + 15min);
    EXPECT_FALSE(plan().is_missed);
}

TEST_F(ScheduleTest, GoesOnAfterItsOwnTimeWhenOurClockIsBehind) {
    rule_ = {.pattern = "*/15 * * * *"};
    run_.now = noon - 2s;
    EXPECT_EQ(plan().next, noon + 15min) << "not the same time again";
}

TEST_F(ScheduleTest, ReadsAPatternInItsZone) {
    rule_ = {.pattern = "0 9 * * *", .tz = "America/New_York"};
    EXPECT_EQ(plan().next, noon + 2h) << "9 in New York is 14 UTC in winter";
}

TEST_F(ScheduleTest, RunsNothingBeforeTheStart) {
    rule_ = {.pattern = "0 * * * *", .start_date = noon + 90min};
    EXPECT_EQ(plan().next, noon + 2h);
}

TEST_F(ScheduleTest, EndsAtItsLimit) {
    rule_.limit = 3;
    run_.count = 2;
    EXPECT_TRUE(plan().goes_on);
    run_.count = 3;
    EXPECT_FALSE(plan().goes_on);
}

TEST_F(ScheduleTest, EndsAtItsEnd) {
    rule_.end_date = noon;
    EXPECT_TRUE(plan().goes_on);
    run_.now = noon + 1ms;
    EXPECT_FALSE(plan().goes_on);
}

TEST_F(ScheduleTest, EndsWhenThePatternsNextTimeIsBeyondTheEnd) {
    rule_ = {.pattern = "0 * * * *", .end_date = noon + 59min};
    EXPECT_FALSE(plan().goes_on);
    rule_.end_date = noon + 60min;
    EXPECT_TRUE(plan().goes_on);
}

TEST_F(ScheduleTest, EndsWhenThePatternNeverComesAgain) {
    rule_ = {.pattern = "0 0 30 2 *"};
    const auto plan = plan_schedule(rule_, run_);
    EXPECT_TRUE(!plan || !plan->goes_on);
}

TEST_F(ScheduleTest, SkipsARunWhoseFollowerIsDueAlready) {
    rule_.missed = MissedRuns::skip;
    run_.now = noon + 59min;
    EXPECT_FALSE(plan().is_missed) << "it is only late";
    run_.now = noon + 60min;
    EXPECT_TRUE(plan().is_missed);
    EXPECT_TRUE(plan().goes_on);

    rule_ = {.pattern = "*/15 * * * *", .missed = MissedRuns::skip};
    run_.now = noon + 14min;
    EXPECT_FALSE(plan().is_missed);
    run_.now = noon + 15min;
    EXPECT_TRUE(plan().is_missed);
}

TEST_F(ScheduleTest, RunsAMissedRunOnceUnlessItIsToldOtherwise) {
    run_.now = noon + 5h;
    EXPECT_FALSE(plan().is_missed);
    rule_.missed = MissedRuns::all;
    EXPECT_FALSE(plan().is_missed);
}

TEST_F(ScheduleTest, SkipsNoRunThatHasStartedBefore) {
    rule_.missed = MissedRuns::skip;
    run_.now = noon + 5h;
    run_.is_first_start = false;
    EXPECT_FALSE(plan().is_missed) << "a retry is late, but nobody missed it";
}

TEST_F(ScheduleTest, SaysWhichPatternItDoesNotUnderstand) {
    rule_ = {.pattern = "every now and then"};
    const auto plan = plan_schedule(rule_, run_);
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error().code(), ErrorCode::invalid_argument);
}

TEST_F(ScheduleTest, DoesNothingWithoutARule) {
    rule_ = {};
    EXPECT_FALSE(plan().goes_on);
}

// ---- what a run's own options say ---------------------------------------------------------------

TEST(ScheduledJobTest, ReadsWhatIsWritten) {
    const Repeat repeat{.pattern = "0 9 * * *",
                        .tz = "Europe/Berlin",
                        .start_date = noon - 24h,
                        .end_date = noon + 24h,
                        .limit = 7,
                        .missed = MissedRuns::skip};
    const std::string opts = base::scheduled_options(
        R"({"attempts":3})",
        {.scheduler = "s", .repeat = repeat, .at = noon, .now = noon - 5s, .count = 4});
    const base::ScheduledJob job = base::scheduled_job(opts);

    EXPECT_EQ(job.repeat, repeat);
    EXPECT_EQ(job.count, 4);
    EXPECT_EQ(job.at, noon);
}

TEST(ScheduledJobTest, ReadsAnInterval) {
    const Repeat repeat{.every = 90s, .offset = 7s};
    const std::string opts =
        base::scheduled_options("{}", {.scheduler = "s", .repeat = repeat, .at = noon});
    EXPECT_EQ(base::scheduled_job(opts).repeat, repeat);
}

TEST(ScheduledJobTest, ReadsWhatOldAndOtherClientsLeft) {
    const auto job = base::scheduled_job(
        R"({"repeat":{"cron":"* * * * *","limit":null,"endDate":1.7000496e12,"count":"x"}})");
    EXPECT_EQ(job.repeat.pattern, "* * * * *");
    EXPECT_EQ(job.repeat.end_date, noon);
    EXPECT_EQ(job.repeat.limit, 0);
    EXPECT_EQ(job.count, 0);
    EXPECT_EQ(job.at, Timestamp{});

    EXPECT_EQ(base::scheduled_job("no JSON").repeat, Repeat{});
    EXPECT_EQ(base::scheduled_job(R"({"repeat":[]})").repeat, Repeat{});
    EXPECT_EQ(base::scheduled_job(R"({"repeat":{"every":-5}})").repeat, Repeat{});
}

}  // namespace
}  // namespace toril::worker

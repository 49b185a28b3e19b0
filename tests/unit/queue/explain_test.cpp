#include "queue/explain.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace toril::queue {
namespace {

constexpr Timestamp now{1'800'014'400'000ms};  // 2027-01-15 12:00:00 UTC

JobFacts facts(JobState state) {
    return {.job = {.id = "7", .queue = "mail", .state = state, .timestamp = now - 1h},
            .workers = 2,
            .ahead = 3,
            .now = now};
}

TEST(ExplainTest, SaysWhereAWaitingJobStands) {
    JobFacts waiting = facts(JobState::waiting);
    waiting.counts.active = 1;

    EXPECT_EQ(explain(waiting),
              "job 7 of \"mail\" waits: 3 jobs are before it; 2 workers are connected, "
              "1 job is active");
    waiting.ahead = 0;
    EXPECT_NE(explain(waiting).find("it is the next one"), std::string::npos);
    waiting.ahead.reset();
    EXPECT_NE(explain(waiting).find("more than 1000 jobs are before it"), std::string::npos);
}

TEST(ExplainTest, NamesEverythingThatHoldsTheQueue) {
    JobFacts held = facts(JobState::waiting);
    held.queue = {.paused = true, .concurrency = 4};
    held.counts.active = 4;
    held.limited_for = 4'200ms;
    held.workers = 0;

    EXPECT_EQ(explain(held),
              "job 7 of \"mail\" waits: the queue is paused (`toril queue resume mail` lets it go "
              "on); the queue is at its limit of 4 active jobs (4 are active); the rate limit "
              "lets no job start for another 4.2 s; no worker is connected to take it; "
              "3 jobs are before it");
}

TEST(ExplainTest, DoesNotSayThatNobodyIsThereWhenItCannotKnow) {
    JobFacts unknown = facts(JobState::waiting);
    unknown.workers.reset();

    EXPECT_EQ(explain(unknown).find("worker"), std::string::npos);
}

TEST(ExplainTest, SaysWhoGoesBeforeAPrioritizedJob) {
    JobFacts prioritized = facts(JobState::prioritized);
    prioritized.job.priority = 5;
    prioritized.counts.waiting = 10;

    EXPECT_EQ(explain(prioritized),
              "job 7 of \"mail\" waits: it has priority 5, 3 jobs are before it among those with "
              "a priority, and 10 jobs without one go first; 2 workers are connected, 0 jobs are "
              "active");
}

TEST(ExplainTest, SaysWhenADelayedJobIsDue) {
    JobFacts delayed = facts(JobState::delayed);
    delayed.job.delay = 65min;
    EXPECT_EQ(explain(delayed),
              "job 7 of \"mail\" is delayed until 2027-01-15 12:05:00 UTC, for another 5 min");
    delayed.job.delay = 1min;
    delayed.workers = 0;
    EXPECT_EQ(explain(delayed),
              "job 7 of \"mail\" is delayed and due, to be started by the next worker that "
              "looks; besides, no worker is connected to take it");
}

TEST(ExplainTest, SaysWhyARetryWaits) {
    JobFacts retried = facts(JobState::delayed);
    retried.job.delay = 30s;
    retried.job.attempts_made = 2;
    retried.job.failed_reason = "disk is full\nand more";

    EXPECT_EQ(explain(retried),
              "job 7 of \"mail\" is delayed by 30 s since attempt 2 failed: disk is full");
    retried.job.state = JobState::waiting;
    EXPECT_NE(explain(retried).find("; attempt 2 failed: disk is full"), std::string::npos);
}

TEST(ExplainTest, NamesTheChildrenThatAreWaitedForAndWhatIsStuck) {
    JobFacts parent = facts(JobState::waiting_children);
    parent.children = {.children = 4, .some = {"mail:a (active)", "mail:b (failed)"}};
    EXPECT_EQ(explain(parent),
              "job 7 of \"mail\" waits for 4 children: mail:a (active), mail:b (failed), ...");
    parent.children = {.children = 1, .some = {"mail:b (failed)"}, .stuck = "child mail:b failed"};
    EXPECT_EQ(explain(parent),
              "job 7 of \"mail\" waits for 1 child: mail:b (failed); it cannot go on by itself: "
              "child mail:b failed");
}

TEST(ExplainTest, SaysSinceWhenAndByWhomAnActiveJobRuns) {
    JobFacts active = facts(JobState::active);
    active.job.processed_on = now - 90s;
    active.job.processed_by = "w1";
    active.job.attempts_started = 2;
    EXPECT_EQ(explain(active),
              "job 7 of \"mail\" runs since 2027-01-15 11:58:30 UTC, for 1 min, by worker w1 "
              "(run 2)");
    active.workers = 0;
    EXPECT_NE(explain(active).find("if its worker died"), std::string::npos);
}

TEST(ExplainTest, SaysHowAFinishedJobEnded) {
    JobFacts ended = facts(JobState::completed);
    ended.job.finished_on = now - 3h;
    ended.job.attempts_made = 1;
    EXPECT_EQ(explain(ended),
              "job 7 of \"mail\" completed at 2027-01-15 09:00:00 UTC, 3 h ago, after 1 attempt");
    ended.job.state = JobState::failed;
    ended.job.attempts_made = 2;
    ended.job.opts = Json::unchecked(R"({"attempts":3})");
    ended.job.failed_reason = "broken";
    EXPECT_EQ(
        explain(ended),
        "job 7 of \"mail\" failed at 2027-01-15 09:00:00 UTC, 3 h ago, after 2 attempts of 3: "
        "broken");
    ended.job.failed_reason.clear();
    EXPECT_NE(explain(ended).find("no reason was given"), std::string::npos);
}

TEST(ExplainTest, TellsOfAFailureThatIsAlreadyDecided) {
    JobFacts doomed = facts(JobState::waiting);
    doomed.job.deferred_failure = "child mail:b failed";

    EXPECT_TRUE(explain(doomed).ends_with("; its next run will fail at once: child mail:b failed"));
}

TEST(ExplainTest, SendsAnOrphanToTheDoctor) {
    EXPECT_NE(explain(facts(JobState::unknown)).find("toril doctor --repair"), std::string::npos);
}

}  // namespace
}  // namespace toril::queue

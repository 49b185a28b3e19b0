// Changing one job's place: promote, delay, priority, and retry by hand.

#include "fixture.hpp"

namespace toril::conformance {

TORIL_CONFORMANCE_SUITE(Promote);
TORIL_CONFORMANCE_SUITE(ChangeDelay);
TORIL_CONFORMANCE_SUITE(ChangePriority);
TORIL_CONFORMANCE_SUITE(RetryByHand);
TORIL_CONFORMANCE_SUITE(RetryAll);

TEST_P(Promote, LetsADelayedJobRunNow) {
    const JobId waiting = add();
    const JobId id = add({.delay = 1h});
    ASSERT_TRUE(done(client.promote(ref(id), now())));

    EXPECT_EQ(ids(JobState::waiting), (Ids{waiting, id}));
    EXPECT_EQ(job(id).delay, 0ms);
    EXPECT_EQ(counts().delayed, 0u);
    EXPECT_EQ(call(next_call(0)).next_due, Timestamp{});
}

TEST_P(Promote, KeepsThePriority) {
    const JobId id = add({.delay = 1h, .priority = 3});
    ASSERT_TRUE(done(client.promote(ref(id), now())));

    EXPECT_EQ(job(id).state, JobState::prioritized);
}

TEST_P(Promote, IsRefusedForAJobThatIsNotDelayed) {
    const JobId id = add();

    EXPECT_EQ(code_of(client.promote(ref(id), now())), ErrorCode::wrong_state);
    EXPECT_EQ(code_of(client.promote(ref("nobody"), now())), ErrorCode::not_found);
    EXPECT_EQ(counts().waiting, 1u);
}

// ---- delay ----------------------------------------------------------------------------------

TEST_P(ChangeDelay, CountsFromNow) {
    const JobId id = add({.delay = 1h});
    pass_time(10min);
    ASSERT_TRUE(done(client.change_delay(ref(id), 5s, now())));

    EXPECT_EQ(job(id).delay, 5s);
    EXPECT_EQ(call(next_call(1)).next_due, now() + 5s);
    pass_time(5s);
    EXPECT_TRUE(take());
}

TEST_P(ChangeDelay, ToZeroMakesItDue) {
    const JobId id = add({.delay = 1h});
    ASSERT_TRUE(done(client.change_delay(ref(id), 0ms, now())));

    EXPECT_EQ(job(id).state, JobState::delayed) << "until somebody looks for work";
    EXPECT_TRUE(take());
}

TEST_P(ChangeDelay, GoesBehindThoseDueInTheSameMillisecond) {
    const JobId first = add({.delay = 10s});
    const JobId moved = add({.delay = 1s});
    const JobId second = add({.delay = 10s});
    ASSERT_TRUE(done(client.change_delay(ref(moved), 10s, now())));

    EXPECT_EQ(ids(JobState::delayed), (Ids{first, second, moved}));
}

TEST_P(ChangeDelay, IsRefusedForAJobThatIsNotDelayed) {
    const JobId id = add();

    EXPECT_EQ(code_of(client.change_delay(ref(id), 5s, now())), ErrorCode::wrong_state);
    EXPECT_EQ(code_of(client.change_delay(ref("nobody"), 5s, now())), ErrorCode::not_found);
    EXPECT_EQ(job(id).delay, 0ms);
}

// ---- priority -------------------------------------------------------------------------------

TEST_P(ChangePriority, MovesAJobAmongThePrioritized) {
    const JobId first = add({.priority = 3});
    const JobId second = add({.priority = 5});
    ASSERT_TRUE(done(client.change_priority(ref(second), 2, false)));

    EXPECT_EQ(ids(JobState::prioritized), (Ids{second, first}));
    EXPECT_EQ(job(second).priority, 2);
}

TEST_P(ChangePriority, PutsAPlainJobBehindAllPlainOnes) {
    const JobId id = add();
    const JobId plain = add();
    ASSERT_TRUE(done(client.change_priority(ref(id), 1, false)));

    EXPECT_EQ(ids(JobState::waiting), (Ids{plain}));
    EXPECT_EQ(ids(JobState::prioritized), (Ids{id}));
}

TEST_P(ChangePriority, ToNoneMakesAPlainJob) {
    const JobId plain = add();
    const JobId end = add({.priority = 4});
    const JobId front = add({.priority = 4});
    ASSERT_TRUE(done(client.change_priority(ref(end), 0, false)));
    ASSERT_TRUE(done(client.change_priority(ref(front), 0, true)));

    EXPECT_EQ(ids(JobState::waiting), (Ids{front, plain, end}));
    EXPECT_EQ(counts().prioritized, 0u);
}

TEST_P(ChangePriority, GoesBeforeItsEqualsWhenAskedTo) {
    const JobId equal = add({.priority = 4});
    const JobId behind = add({.priority = 4});
    const JobId before = add({.priority = 9});
    ASSERT_TRUE(done(client.change_priority(ref(behind), 4, false)));
    ASSERT_TRUE(done(client.change_priority(ref(before), 4, true)));

    EXPECT_EQ(ids(JobState::prioritized), (Ids{before, equal, behind}));
}

TEST_P(ChangePriority, OfADelayedJobCountsWhenItComesDue) {
    const JobId id = add({.delay = 1s});
    ASSERT_TRUE(done(client.change_priority(ref(id), 6, false)));
    EXPECT_EQ(job(id).state, JobState::delayed);
    pass_time(1s);
    call(next_call(0));

    EXPECT_EQ(job(id).state, JobState::prioritized);
}

TEST_P(ChangePriority, OfARunningJobCountsWhenItRunsAgain) {
    const JobId id = add();
    const auto run = take();
    ASSERT_TRUE(done(client.change_priority(ref(id), 6, false)));
    EXPECT_EQ(job(id).state, JobState::active);
    ASSERT_TRUE(done(retry(*run)));

    EXPECT_EQ(job(id).state, JobState::prioritized);
}

TEST_P(ChangePriority, FindsNoJobThatIsNotThere) {
    EXPECT_EQ(code_of(client.change_priority(ref("nobody"), 1, false)), ErrorCode::not_found);
}

// ---- retry ----------------------------------------------------------------------------------

TEST_P(RetryByHand, RunsAFailedJobAgain) {
    const JobId id = add();
    ASSERT_TRUE(done(fail(*take())));
    const JobId waiting = add();
    ASSERT_TRUE(done(client.retry({.job = ref(id), .from = JobState::failed, .now = now()})));

    EXPECT_EQ(ids(JobState::waiting), (Ids{waiting, id}));
    const Job kept = job(id);
    EXPECT_EQ(kept.finished_on, Timestamp{});
    EXPECT_EQ(kept.processed_on, Timestamp{});
    EXPECT_EQ(kept.failed_reason, "");
    EXPECT_EQ(kept.attempts_made, 1) << "what it used up stays used up";
    EXPECT_EQ(kept.stacktrace.size(), 1u);
}

TEST_P(RetryByHand, RunsACompletedJobAgain) {
    const JobId id = add_completed();
    ASSERT_TRUE(done(client.retry({.job = ref(id), .from = JobState::completed, .now = now()})));

    EXPECT_EQ(job(id).state, JobState::waiting);
    EXPECT_FALSE(job(id).return_value);
    EXPECT_EQ(take()->job.attempts_started, 2);
}

TEST_P(RetryByHand, KeepsThePriority) {
    const JobId id = add({.priority = 3});
    ASSERT_TRUE(done(fail(*take())));
    ASSERT_TRUE(done(client.retry({.job = ref(id), .now = now()})));

    EXPECT_EQ(job(id).state, JobState::prioritized);
}

TEST_P(RetryByHand, IsRefusedFromAnotherState) {
    const JobId waiting = add();
    const JobId completed = add_completed();

    EXPECT_EQ(code_of(client.retry({.job = ref(waiting), .now = now()})), ErrorCode::wrong_state);
    EXPECT_EQ(code_of(client.retry({.job = ref(completed), .now = now()})), ErrorCode::wrong_state);
    EXPECT_EQ(code_of(client.retry({.job = ref("nobody"), .now = now()})), ErrorCode::not_found);
    EXPECT_EQ(job(completed).state, JobState::completed);
}

TEST_P(RetryAll, PutsFailedJobsBackOldestFirst) {
    Ids failed;
    for (int i = 0; i < 3; ++i) {
        failed.push_back(add_failed());
        pass_time(1s);
    }
    const JobId completed = add_completed();

    EXPECT_EQ(client.retry_all({.queue = queue, .from = JobState::failed, .now = now()}).value(),
              3u);
    EXPECT_EQ(ids(JobState::waiting), failed);
    EXPECT_EQ(job(failed[0]).failed_reason, "");
    EXPECT_EQ(job(completed).state, JobState::completed);
}

TEST_P(RetryAll, PutsCompletedJobsBack) {
    const JobId id = add_completed();

    EXPECT_EQ(client.retry_all({.queue = queue, .from = JobState::completed, .now = now()}).value(),
              1u);
    EXPECT_EQ(job(id).state, JobState::waiting);
    EXPECT_FALSE(job(id).return_value);
}

TEST_P(RetryAll, MovesAtMostItsCount) {
    Ids failed;
    for (int i = 0; i < 3; ++i) {
        failed.push_back(add_failed());
        pass_time(1s);
    }
    const auto retry_two = [&] {
        return client.retry_all({.queue = queue, .count = 2, .now = now()}).value();
    };

    EXPECT_EQ(retry_two(), 2u);
    EXPECT_EQ(ids(JobState::failed), (Ids{failed[2]}));
    EXPECT_EQ(retry_two(), 1u);
    EXPECT_EQ(retry_two(), 0u);
}

TEST_P(RetryAll, LeavesWhatFailedLaterThanItsTime) {
    const JobId early = add_failed();
    pass_time(10s);
    const JobId late = add_failed();

    EXPECT_EQ(client.retry_all({.queue = queue, .until = now() - 1s, .now = now()}).value(), 1u);
    EXPECT_EQ(job(early).state, JobState::waiting);
    EXPECT_EQ(job(late).state, JobState::failed);
}

TEST_P(RetryAll, PromotesDelayedJobsIntoThePlainLine) {
    const JobId late = add({.delay = 2h});
    const JobId soon = add({.delay = 1h, .priority = 5});

    EXPECT_EQ(client.retry_all({.queue = queue, .from = JobState::delayed, .now = now()}).value(),
              2u);
    EXPECT_EQ(ids(JobState::waiting), (Ids{soon, late})) << "as BullMQ: priorities do not count";
}

TEST_P(RetryAll, RefusesStatesThatHoldNoJobToRetry) {
    EXPECT_EQ(code_of(client.retry_all({.queue = queue, .from = JobState::active, .now = now()})),
              ErrorCode::invalid_argument);
}

}  // namespace toril::conformance

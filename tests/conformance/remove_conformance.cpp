// Removing: one job, what waits, what is old, the whole queue.

#include "fixture.hpp"

#include <algorithm>

namespace toril::conformance {

TORIL_CONFORMANCE_SUITE(Remove);
TORIL_CONFORMANCE_SUITE(Drain);
TORIL_CONFORMANCE_SUITE(Clean);
TORIL_CONFORMANCE_SUITE(Obliterate);

TEST_P(Remove, TakesAJobOutOfEveryState) {
    const JobId completed = add_completed();
    const JobId failed = add_failed();
    const JobId waiting = add();
    const JobId delayed = add({.delay = 1h});
    const JobId prioritized = add({.priority = 2});

    for (const JobId& id : {completed, failed, waiting, delayed, prioritized}) {
        EXPECT_TRUE(done(client.remove(ref(id)))) << id;
        EXPECT_EQ(code_of(client.job(ref(id))), ErrorCode::not_found) << id;
    }
    EXPECT_EQ(counts(), JobCounts{});
    EXPECT_FALSE(take());
}

TEST_P(Remove, IsRefusedWhileAWorkerHoldsTheJob) {
    const JobId id = add();
    const auto run = take();

    EXPECT_EQ(code_of(client.remove(ref(id))), ErrorCode::wrong_state);
    EXPECT_TRUE(done(complete(*run)));
    EXPECT_TRUE(done(client.remove(ref(id))));
}

TEST_P(Remove, TakesALostJobFromTheActive) {
    const JobId id = add();
    const auto run = take();
    pass_time(lock_duration + 1s);

    EXPECT_TRUE(done(client.remove(ref(id))));
    EXPECT_EQ(counts().active, 0u);
    EXPECT_EQ(code_of(complete(*run)), ErrorCode::not_found);
}

TEST_P(Remove, FindsNoJobThatIsNotThere) {
    EXPECT_EQ(code_of(client.remove(ref("nobody"))), ErrorCode::not_found);
}

TEST_P(Remove, LeavesTheOthersInTheirOrder) {
    const Ids added = add_several(3);
    ASSERT_TRUE(done(client.remove(ref(added[1]))));

    EXPECT_EQ(ids_of(take_several(3)), (Ids{added[0], added[2]}));
}

// ---- drain ----------------------------------------------------------------------------------

TEST_P(Drain, RemovesWhatWaits) {
    const JobId completed = add_completed();
    add();
    ASSERT_TRUE(take());
    add();
    add({.priority = 1});
    add({.delay = 1h});

    EXPECT_EQ(client.drain(queue, false).value(), 2u);
    const JobCounts left = counts();
    EXPECT_EQ(left.waiting + left.paused + left.prioritized, 0u);
    EXPECT_EQ(left.delayed, 1u);
    EXPECT_EQ(left.active, 1u);
    EXPECT_EQ(ids(JobState::completed), Ids{completed});
}

TEST_P(Drain, RemovesDelayedJobsWhenAskedTo) {
    add({.delay = 1h});

    EXPECT_EQ(client.drain(queue, true).value(), 1u);
    EXPECT_EQ(counts(), JobCounts{});
    EXPECT_EQ(call(next_call(0)).next_due, Timestamp{});
}

TEST_P(Drain, WorksOnAPausedQueue) {
    add_several(2);
    ASSERT_TRUE(done(client.pause(queue)));
    add();

    EXPECT_EQ(client.drain(queue, false).value(), 3u);
    EXPECT_EQ(counts(), JobCounts{});
    EXPECT_TRUE(client.info(queue)->paused);
}

TEST_P(Drain, GoesOnStepByStepUntilNothingIsLeft) {
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(add_batch(std::vector<AddJob>(contract::batch_jobs_max,
                                                  {.name = "x", .data = "{}", .opts = "{}"})));

    std::size_t removed = 0;
    std::size_t step = 1000;
    for (int i = 0; i < 10 && step >= 1000; ++i) {
        step = client.drain(queue, false).value();
        removed += step;
    }

    EXPECT_EQ(removed, 1500u);
    EXPECT_EQ(counts(), JobCounts{});
}

// ---- clean ----------------------------------------------------------------------------------

TEST_P(Clean, RemovesFinishedJobsOlderThanAsked) {
    const JobId old = add_completed();
    pass_time(10s);
    const JobId young = add_completed();
    const JobId failed = add_failed();

    EXPECT_EQ(
        client.clean({.queue = queue, .state = JobState::completed, .older_than = 5s, .now = now()})
            .value(),
        Ids{old});
    EXPECT_EQ(ids(JobState::completed), Ids{young});
    EXPECT_EQ(ids(JobState::failed), Ids{failed});
}

TEST_P(Clean, RemovesTheOldestWhenThereAreTooMany) {
    Ids finished;
    for (int i = 0; i < 4; ++i) {
        finished.push_back(add_completed());
        pass_time(1s);
    }

    EXPECT_EQ(client.clean({.queue = queue, .count = 3, .now = now()})->size(), 3u);
    EXPECT_EQ(ids(JobState::completed), Ids{finished[3]});
}

TEST_P(Clean, CountsAWaitingJobsAgeFromItsTimestamp) {
    const JobId old = add();
    pass_time(10s);
    const JobId young = add();

    EXPECT_EQ(
        client.clean({.queue = queue, .state = JobState::waiting, .older_than = 5s, .now = now()})
            .value(),
        Ids{old});
    EXPECT_EQ(ids(JobState::waiting), Ids{young});
}

TEST_P(Clean, LooksPastYoungJobs) {
    const JobId young = add();
    const JobId old = add({.timestamp = now() - 1h});

    EXPECT_EQ(client
                  .clean({.queue = queue,
                          .state = JobState::waiting,
                          .older_than = 1min,
                          .count = 1,
                          .now = now()})
                  .value(),
              Ids{old});
    EXPECT_EQ(ids(JobState::waiting), Ids{young});
}

TEST_P(Clean, RemovesDelayedAndPrioritizedJobs) {
    const JobId delayed = add({.delay = 1h});
    const JobId prioritized = add({.priority = 1});
    pass_time(10s);

    for (const auto& [state, id] :
         {std::pair{JobState::delayed, delayed}, {JobState::prioritized, prioritized}})
        EXPECT_EQ(
            client.clean({.queue = queue, .state = state, .older_than = 5s, .now = now()}).value(),
            Ids{id});
    EXPECT_EQ(counts(), JobCounts{});
}

TEST_P(Clean, LeavesRunningJobsAndRemovesLostOnes) {
    add({.id = "lost"});
    ASSERT_TRUE(take());
    pass_time(lock_duration + 1s);
    add({.id = "running"});
    ASSERT_TRUE(take());
    pass_time(1s);

    EXPECT_EQ(client.clean({.queue = queue, .state = JobState::active, .now = now()}).value(),
              Ids{"lost"});
    EXPECT_EQ(ids(JobState::active), Ids{"running"});
}

TEST_P(Clean, FindsNothingInAnEmptyQueue) {
    EXPECT_EQ(client.clean({.queue = queue, .now = now()}).value(), Ids{});
}

TEST_P(Clean, RefusesAStateThatIsNoPlace) {
    EXPECT_EQ(code_of(client.clean({.queue = queue, .state = JobState::unknown, .now = now()})),
              ErrorCode::invalid_argument);
}

// ---- obliterate -----------------------------------------------------------------------------

TEST_P(Obliterate, RemovesEverything) {
    add_completed();
    add_failed();
    add();
    add({.delay = 1h});
    add({.priority = 1});
    ASSERT_TRUE(done(client.set_concurrency(queue, 3)));

    EXPECT_FALSE(client.obliterate(queue, false).value()) << "nothing more is left";

    EXPECT_EQ(counts(), JobCounts{});
    EXPECT_FALSE(client.info(queue)->paused);
    EXPECT_FALSE(client.info(queue)->concurrency);
    EXPECT_EQ(client.queues().value(), std::vector<std::string>{});
    EXPECT_EQ(add(), "1") << "as new";
    EXPECT_TRUE(take());
}

TEST_P(Obliterate, IsRefusedWhileJobsRun) {
    const JobId id = add();
    const auto run = take();

    EXPECT_EQ(code_of(client.obliterate(queue, false)), ErrorCode::wrong_state);
    EXPECT_TRUE(client.info(queue)->paused) << "so that nothing more begins";
    EXPECT_EQ(job(id).state, JobState::active);
    EXPECT_TRUE(done(complete(*run)));
}

TEST_P(Obliterate, RemovesRunningJobsByForce) {
    add();
    const auto run = take();

    EXPECT_FALSE(client.obliterate(queue, true).value());
    EXPECT_EQ(counts(), JobCounts{});
    EXPECT_EQ(code_of(complete(*run)), ErrorCode::not_found);
}

TEST_P(Obliterate, GoesOnStepByStepUntilNothingIsLeft) {
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(add_batch(std::vector<AddJob>(contract::batch_jobs_max,
                                                  {.name = "x", .data = "{}", .opts = "{}"})));

    int steps = 1;
    while (client.obliterate(queue, false).value() && steps < 20)
        ++steps;

    EXPECT_GT(steps, 1);
    EXPECT_LT(steps, 20);
    EXPECT_EQ(counts(), JobCounts{});
}

TEST_P(Obliterate, LeavesOtherQueuesAlone) {
    add();
    ASSERT_TRUE(client.add({.queue = "mailbox",
                            .jobs = {{.name = "x", .data = "1", .opts = "{}"}},
                            .repeat_token = "t",
                            .now = now()}));
    ASSERT_FALSE(client.obliterate(queue, false).value());

    EXPECT_EQ(client.counts("mailbox")->waiting, 1u);
    EXPECT_EQ(client.queues().value(), std::vector<std::string>{"mailbox"});
}

TEST_P(Obliterate, OfAnEmptyQueueIsDoneAtOnce) {
    EXPECT_FALSE(client.obliterate(queue, false).value());
}

}  // namespace toril::conformance

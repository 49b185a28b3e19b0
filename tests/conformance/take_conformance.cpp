// Taking: order, delay, and what comes with a job.

#include "fixture.hpp"

namespace toril::conformance {

TORIL_CONFORMANCE_SUITE(Take);

TEST_P(Take, ReturnsNothingWhenTheQueueIsEmpty) {
    const FinishedAndTaken answer = call(next_call(10));

    EXPECT_TRUE(answer.jobs.empty());
    EXPECT_TRUE(answer.finished.empty());
    EXPECT_EQ(answer.next_due, Timestamp{});
    EXPECT_EQ(answer.limited_for, 0ms);
    EXPECT_FALSE(answer.blocked);
}

TEST_P(Take, GivesJobsInTheOrderInWhichTheyWereAdded) {
    const Ids added = add_several(5);

    EXPECT_EQ(ids_of(take_several(2)), (Ids{added[0], added[1]}));
    EXPECT_EQ(ids_of(take_several(3)), (Ids{added[2], added[3], added[4]}));
}

TEST_P(Take, GivesNoMoreThanThereAre) {
    add_several(3);

    EXPECT_EQ(take_several(100).size(), 3u);
    EXPECT_TRUE(take_several(100).empty());
}

TEST_P(Take, GivesNothingToOneWhoAsksForNone) {
    add();

    EXPECT_TRUE(take_several(0).empty());
    EXPECT_EQ(counts().waiting, 1u);
}

TEST_P(Take, ServesJobsWithoutPriorityFirst) {
    const JobId urgent = add({.priority = 1});
    const JobId plain = add();

    EXPECT_EQ(ids_of(take_several(2)), (Ids{plain, urgent}));
}

TEST_P(Take, ServesTheLowestPriorityNumberFirstAndEqualsInOrder) {
    const JobId last = add({.priority = priority_max});
    const JobId second = add({.priority = 7});
    const JobId third = add({.priority = 7});
    const JobId first = add({.priority = 1});

    EXPECT_EQ(ids_of(take_several(4)), (Ids{first, second, third, last}));
}

TEST_P(Take, CrossesFromPlainToPrioritizedJobsInOneBatch) {
    const JobId one = add();
    const JobId two = add({.priority = 2});
    const JobId three = add({.priority = 3});

    EXPECT_EQ(ids_of(take_several(2)), (Ids{one, two}));
    EXPECT_EQ(ids_of(take_several(2)), (Ids{three}));
}

TEST_P(Take, LeavesADelayedJobUntilItIsDue) {
    add({.delay = 2s});

    pass_time(1999ms);
    EXPECT_FALSE(take());
    pass_time(1ms);
    EXPECT_TRUE(take());
}

TEST_P(Take, SaysWhenTheNextDelayedJobIsDue) {
    add({.delay = 5s});
    add({.delay = 2s});
    add();

    const FinishedAndTaken answer = call(next_call(1));

    EXPECT_EQ(answer.jobs.size(), 1u);
    EXPECT_EQ(answer.next_due, now() + 2s);
}

TEST_P(Take, ServesDelayedJobsInTheOrderInWhichTheyAreDue) {
    const JobId second = add({.delay = 2s});
    const JobId first = add({.delay = 1s});
    const JobId third = add({.delay = 2s});
    pass_time(5s);

    EXPECT_EQ(ids_of(take_several(3)), (Ids{first, second, third}));
}

TEST_P(Take, KeepsTheOrderOfManyJobsDueInOneMillisecond) {
    std::vector<AddJob> jobs(120, {.name = "x", .data = "{}", .opts = "{}", .delay = 1s});
    ASSERT_TRUE(add_batch(jobs));
    ASSERT_TRUE(add_batch(jobs));
    Ids expected;
    for (int i = 1; i <= 240; ++i)
        expected.push_back(std::to_string(i));

    EXPECT_EQ(ids(JobState::delayed), expected);
    pass_time(1s);
    EXPECT_EQ(ids_of(take_several(240)), expected);
}

TEST_P(Take, PutsADueJobBehindThoseThatWait) {
    const JobId due = add({.delay = 1s});
    const JobId waiting = add();
    pass_time(1s);

    EXPECT_EQ(ids_of(take_several(2)), (Ids{waiting, due}));
}

TEST_P(Take, PutsADueJobAmongThoseOfItsPriority) {
    const JobId due = add({.delay = 1s, .priority = 5});
    const JobId behind = add({.priority = 6});
    const JobId before = add({.priority = 5});
    pass_time(1s);
    EXPECT_TRUE(take_several(0).empty());

    EXPECT_EQ(ids(JobState::prioritized), (Ids{before, due, behind}));
}

TEST_P(Take, ForgetsTheDelayOfAJobThatCameDue) {
    const JobId id = add({.delay = 1s});
    pass_time(1s);
    ASSERT_TRUE(take());

    EXPECT_EQ(job(id).delay, 0ms);
}

TEST_P(Take, LetsDueJobsInEvenWhenItTakesNone) {
    add({.delay = 1s});
    add({.delay = 9s});
    pass_time(1s);

    const FinishedAndTaken answer = call(next_call(0));

    EXPECT_EQ(counts().waiting, 1u);
    EXPECT_EQ(counts().delayed, 1u);
    EXPECT_EQ(answer.next_due, now() + 8s);
}

TEST_P(Take, GivesWhatAWorkerNeeds) {
    const Timestamp added = now();
    const JobId id =
        add({.name = "resize", .data = R"({"w":100})", .opts = R"({"attempts":3})", .priority = 9});
    ASSERT_TRUE(done(client.update_progress(ref(id), "42")));
    pass_time(1s);

    const auto run = take();

    ASSERT_TRUE(run);
    EXPECT_EQ(run->job.id, id);
    EXPECT_EQ(run->job.name, "resize");
    EXPECT_EQ(run->job.data, R"({"w":100})");
    EXPECT_EQ(run->job.opts, R"({"attempts":3})");
    EXPECT_EQ(run->job.progress, "42");
    EXPECT_EQ(run->job.stacktrace, "");
    EXPECT_EQ(run->job.deferred_failure, "");
    EXPECT_EQ(run->job.attempts_made, 0);
    EXPECT_EQ(run->job.attempts_started, 1);
    EXPECT_EQ(run->job.stalled_counter, 0);
    EXPECT_EQ(run->job.priority, 9);
    EXPECT_EQ(run->job.timestamp, added);
    EXPECT_EQ(run->job.processed_on, now());
}

TEST_P(Take, RecordsTheStartOfTheRun) {
    taker.name = "painter";
    const JobId id = add();
    pass_time(1s);
    ASSERT_TRUE(take());

    const Job running = job(id);
    EXPECT_EQ(running.state, JobState::active);
    EXPECT_EQ(running.attempts_started, 1);
    EXPECT_EQ(running.attempts_made, 0);
    EXPECT_EQ(running.processed_on, now());
    EXPECT_EQ(running.processed_by, "painter");
}

TEST_P(Take, KeepsTheLastNameWhenTheNextWorkerHasNone) {
    taker.name = "painter";
    const JobId id = add();
    ASSERT_TRUE(done(retry(*take())));
    taker.name = "";
    ASSERT_TRUE(take());

    EXPECT_EQ(job(id).processed_by, "painter");
}

TEST_P(Take, GivesAFullBatch) {
    ASSERT_TRUE(add_batch(
        std::vector<AddJob>(contract::batch_jobs_max, {.name = "x", .data = "{}", .opts = "{}"})));

    const auto runs = take_several(contract::batch_jobs_max);

    ASSERT_EQ(runs.size(), contract::batch_jobs_max);
    EXPECT_EQ(runs.front().job.id, "1");
    EXPECT_EQ(runs.back().job.id, std::to_string(contract::batch_jobs_max));
    EXPECT_EQ(counts().active, contract::batch_jobs_max);
}

TEST_P(Take, GivesEachJobToOneOfManyWorkers) {
    add_several(6);
    Ids taken;
    for (const char* worker : {"a", "b", "c"}) {
        taker.worker = worker;
        for (const JobId& id : ids_of(take_several(2)))
            taken.push_back(id);
    }

    EXPECT_EQ(taken, (Ids{"1", "2", "3", "4", "5", "6"}));
}

}  // namespace toril::conformance

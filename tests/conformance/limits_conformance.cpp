// What stops a take: a pause, the queue's limit of active jobs, a rate.

#include "fixture.hpp"

namespace toril::conformance {

TORIL_CONFORMANCE_SUITE(Pause);
TORIL_CONFORMANCE_SUITE(Concurrency);
TORIL_CONFORMANCE_SUITE(Rate);

TEST_P(Pause, GivesNothingUntilItIsResumed) {
    const JobId id = add();
    ASSERT_TRUE(done(client.pause(queue)));

    const FinishedAndTaken answer = call(next_call(1));
    EXPECT_TRUE(answer.jobs.empty());
    EXPECT_TRUE(answer.blocked);

    ASSERT_TRUE(done(client.resume(queue)));
    EXPECT_EQ(take()->job.id, id);
}

TEST_P(Pause, KeepsTheOrderOfJobsAddedBeforeAndDuringIt) {
    const JobId before = add();
    ASSERT_TRUE(done(client.pause(queue)));
    const JobId during = add();
    const JobId lifo = add({.lifo = true});
    ASSERT_TRUE(done(client.resume(queue)));

    EXPECT_EQ(ids_of(take_several(3)), (Ids{lifo, before, during}));
}

TEST_P(Pause, CountsItsJobsAsWaiting) {
    add();
    ASSERT_TRUE(done(client.pause(queue)));
    add();

    EXPECT_EQ(counts().waiting + counts().paused, 2u);
    EXPECT_EQ(ids(JobState::waiting), (Ids{"1", "2"}));
}

TEST_P(Pause, HoldsPrioritizedJobsToo) {
    add({.priority = 1});
    ASSERT_TRUE(done(client.pause(queue)));

    EXPECT_FALSE(take());
    EXPECT_EQ(counts().prioritized, 1u);
}

TEST_P(Pause, LetsDueJobsComeDue) {
    add({.delay = 1s});
    ASSERT_TRUE(done(client.pause(queue)));
    pass_time(1s);
    EXPECT_FALSE(take());

    EXPECT_EQ(counts().delayed, 0u);
    EXPECT_EQ(counts().waiting + counts().paused, 1u);
}

TEST_P(Pause, IsShown) {
    EXPECT_FALSE(client.info(queue)->paused);
    ASSERT_TRUE(done(client.pause(queue)));
    EXPECT_TRUE(client.info(queue)->paused);
    ASSERT_TRUE(done(client.resume(queue)));
    EXPECT_FALSE(client.info(queue)->paused);
}

TEST_P(Pause, MayBeSaidTwice) {
    add();
    ASSERT_TRUE(done(client.resume(queue))) << "not paused at all";
    ASSERT_TRUE(done(client.pause(queue)));
    ASSERT_TRUE(done(client.pause(queue)));
    ASSERT_TRUE(done(client.resume(queue)));

    EXPECT_TRUE(take());
}

TEST_P(Pause, PutsALostJobBackWhereItWaitsForTheResume) {
    const JobId id = add();
    ASSERT_TRUE(take());
    ASSERT_TRUE(done(client.pause(queue)));
    EXPECT_EQ(recover_lost_jobs(), Ids{id});
    EXPECT_FALSE(take());
    ASSERT_TRUE(done(client.resume(queue)));

    EXPECT_TRUE(take());
}

// ---- active jobs ----------------------------------------------------------------------------

TEST_P(Concurrency, HoldsForAllWorkersTogether) {
    add_several(5);
    ASSERT_TRUE(done(client.set_concurrency(queue, 3)));
    EXPECT_EQ(take_several(2).size(), 2u);
    taker.worker = "worker-2";

    const FinishedAndTaken answer = call(next_call(5));

    EXPECT_EQ(answer.jobs.size(), 1u);
    EXPECT_TRUE(answer.blocked);
    EXPECT_EQ(counts().active, 3u);
}

TEST_P(Concurrency, MakesRoomWhenAJobEnds) {
    add_several(3);
    ASSERT_TRUE(done(client.set_concurrency(queue, 1)));
    const auto run = take();
    EXPECT_FALSE(take());
    auto params = next_call(5);
    params.outcomes = {{.id = run->job.id, .token = run->token, .value = "1"}};

    EXPECT_EQ(call(params).jobs.size(), 1u);
}

TEST_P(Concurrency, IsShownAndRemoved) {
    EXPECT_FALSE(client.info(queue)->concurrency);
    ASSERT_TRUE(done(client.set_concurrency(queue, 7)));
    EXPECT_EQ(client.info(queue)->concurrency, 7);
    ASSERT_TRUE(done(client.set_concurrency(queue, std::nullopt)));
    EXPECT_FALSE(client.info(queue)->concurrency);

    add_several(9);
    EXPECT_EQ(take_several(9).size(), 9u);
}

TEST_P(Concurrency, BelowWhatIsActiveStopsNoRun) {
    add_several(4);
    const auto runs = take_several(3);
    ASSERT_TRUE(done(client.set_concurrency(queue, 1)));
    EXPECT_FALSE(take());
    ASSERT_TRUE(done(complete(runs[0])));
    EXPECT_FALSE(take());
    ASSERT_TRUE(done(complete(runs[1])));
    EXPECT_FALSE(take());
    ASSERT_TRUE(done(complete(runs[2])));

    EXPECT_TRUE(take());
}

// ---- starts in a time -----------------------------------------------------------------------

TEST_P(Rate, GivesNoMoreThanItsMaximumInOneWindow) {
    taker.limit = RateLimit{.max = 3, .duration = 60s};
    add_several(5);

    const FinishedAndTaken first = call(next_call(2));
    EXPECT_EQ(first.jobs.size(), 2u);
    EXPECT_EQ(first.limited_for, 0ms);
    const FinishedAndTaken second = call(next_call(5));
    EXPECT_EQ(second.jobs.size(), 1u);
    EXPECT_GT(second.limited_for, 0ms);
    EXPECT_LE(second.limited_for, 60s);
    EXPECT_TRUE(call(next_call(5)).jobs.empty());
}

TEST_P(Rate, GivesAgainInTheNextWindow) {
    taker.limit = RateLimit{.max = 1, .duration = 60s};
    add_several(3);
    EXPECT_TRUE(take());
    pass_time(30s);
    EXPECT_FALSE(take());
    pass_time(31s);

    EXPECT_TRUE(take());
    EXPECT_FALSE(take());
}

TEST_P(Rate, OpensItsWindowWithTheFirstStart) {
    taker.limit = RateLimit{.max = 1, .duration = 60s};
    EXPECT_FALSE(take()) << "nothing started, so no window";
    pass_time(59s);
    add_several(2);
    EXPECT_TRUE(take());
    pass_time(2s);

    EXPECT_FALSE(take());
}

TEST_P(Rate, IsSharedByAllWorkers) {
    taker.limit = RateLimit{.max = 2, .duration = 60s};
    add_several(4);
    EXPECT_EQ(take_several(1).size(), 1u);
    taker.worker = "worker-2";

    EXPECT_EQ(take_several(3).size(), 1u);
}

TEST_P(Rate, CountsStartsAndNotWhatBecameOfThem) {
    taker.limit = RateLimit{.max = 1, .duration = 60s};
    add();
    ASSERT_TRUE(done(hand_back(*take())));

    EXPECT_FALSE(take());
}

TEST_P(Rate, LetsDueJobsComeDue) {
    taker.limit = RateLimit{.max = 1, .duration = 60s};
    add();
    add({.delay = 1s});
    EXPECT_TRUE(take());
    pass_time(2s);
    EXPECT_FALSE(take());

    EXPECT_EQ(counts().waiting, 1u);
    EXPECT_EQ(counts().delayed, 0u);
}

TEST_P(Rate, DoesNotHoldAWorkerWithoutALimit) {
    taker.limit = RateLimit{.max = 1, .duration = 60s};
    add_several(2);
    EXPECT_TRUE(take());
    EXPECT_FALSE(take());
    taker.limit.reset();

    EXPECT_TRUE(take());
}

}  // namespace toril::conformance

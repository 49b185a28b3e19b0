// Limits of starts in a time: a worker's own, the queue's, and one set by hand.

#include "fixture.hpp"

namespace toril::conformance {
namespace {

class RateLimiting : public JobStoreConformance {
protected:
    Millis ttl(std::int64_t max = 0) {
        const auto left = client.rate_limit_ttl(queue, max, now());
        EXPECT_TRUE(left) << left.error().message();
        return left ? *left : Millis{-1};
    }
    // A server's clock goes on while the test runs.
    static testing::AssertionResult is_about(Millis left, Millis expected) {
        if (left <= expected && left > expected - 1s) return testing::AssertionSuccess();
        return testing::AssertionFailure()
               << left.count() << " ms, not about " << expected.count() << " ms";
    }
};

}  // namespace

TORIL_CONFORMANCE_SUITE_FROM(RateLimiting, QueueRate);
TORIL_CONFORMANCE_SUITE_FROM(RateLimiting, ManualRate);
TORIL_CONFORMANCE_SUITE_FROM(RateLimiting, RateLeft);
TORIL_CONFORMANCE_SUITE_FROM(RateLimiting, RateOutcome);

// ---- the queue's own --------------------------------------------------------------------------

TEST_P(QueueRate, IsShownAndRemoved) {
    EXPECT_FALSE(client.info(queue).value().limit);
    ASSERT_TRUE(done(client.set_rate_limit(queue, RateLimit{.max = 3, .duration = 60s})));
    const auto limit = client.info(queue).value().limit;
    ASSERT_TRUE(limit);
    EXPECT_EQ(limit->max, 3);
    EXPECT_EQ(limit->duration, 60s);
    ASSERT_TRUE(done(client.set_rate_limit(queue, std::nullopt)));
    EXPECT_FALSE(client.info(queue).value().limit);
}

TEST_P(QueueRate, HoldsForWorkersWithoutOneOfTheirOwn) {
    ASSERT_TRUE(done(client.set_rate_limit(queue, RateLimit{.max = 2, .duration = 60s})));
    add_several(5);

    const FinishedAndTaken answer = call(next_call(5));
    EXPECT_EQ(answer.jobs.size(), 2u);
    EXPECT_TRUE(is_about(answer.limited_for, 60s));
    pass_time(61s);
    EXPECT_EQ(take_several(5).size(), 2u);
}

TEST_P(QueueRate, GoesBeforeTheMaximumOfAWorker) {
    ASSERT_TRUE(done(client.set_rate_limit(queue, RateLimit{.max = 2, .duration = 60s})));
    add_several(9);
    taker.limit = RateLimit{.max = 5, .duration = 60s};
    EXPECT_EQ(take_several(9).size(), 2u) << "less than the worker's";
    pass_time(61s);
    taker.limit = RateLimit{.max = 1, .duration = 60s};
    EXPECT_EQ(take_several(9).size(), 2u) << "more than the worker's";
}

TEST_P(QueueRate, LetsTheWorkerSayHowLongTheWindowIs) {
    ASSERT_TRUE(done(client.set_rate_limit(queue, RateLimit{.max = 1, .duration = 60s})));
    add_several(3);
    taker.limit = RateLimit{.max = 5, .duration = 10s};
    EXPECT_TRUE(take());
    pass_time(11s);

    EXPECT_TRUE(take());
}

TEST_P(QueueRate, NoLongerHoldsWhenItIsRemoved) {
    ASSERT_TRUE(done(client.set_rate_limit(queue, RateLimit{.max = 1, .duration = 60s})));
    add_several(3);
    EXPECT_EQ(take_several(3).size(), 1u);
    ASSERT_TRUE(done(client.set_rate_limit(queue, std::nullopt)));

    EXPECT_EQ(take_several(3).size(), 2u);
}

TEST_P(QueueRate, OfMoreGivesTheRestOfTheWindow) {
    ASSERT_TRUE(done(client.set_rate_limit(queue, RateLimit{.max = 1, .duration = 60s})));
    add_several(5);
    EXPECT_EQ(take_several(5).size(), 1u);
    ASSERT_TRUE(done(client.set_rate_limit(queue, RateLimit{.max = 3, .duration = 60s})));

    EXPECT_EQ(take_several(5).size(), 2u);
}

TEST_P(QueueRate, LetsDueJobsComeDue) {
    ASSERT_TRUE(done(client.set_rate_limit(queue, RateLimit{.max = 1, .duration = 60s})));
    add();
    add({.delay = 1s});
    EXPECT_TRUE(take());
    pass_time(2s);
    EXPECT_FALSE(take());

    EXPECT_EQ(counts().waiting, 1u);
}

TEST_P(QueueRate, DoesNotChargeJobsThatAreTakenOnlyToFail) {
    ASSERT_TRUE(done(client.set_rate_limit(queue, RateLimit{.max = 2, .duration = 3600s})));
    add();
    ASSERT_TRUE(take());
    EXPECT_EQ(recover_lost_jobs(0).size(), 1u);
    add_several(3);
    const auto runs = take_several(4);

    ASSERT_EQ(runs.size(), 2u) << "the lost one, which is to fail, and one more";
    EXPECT_NE(runs[0].job.deferred_failure, "");
    EXPECT_EQ(runs[1].job.deferred_failure, "");
}

TEST_P(QueueRate, IsChargedOnceForATakeWhoseAnswerGotLost) {
    ASSERT_TRUE(done(client.set_rate_limit(queue, RateLimit{.max = 2, .duration = 60s})));
    add_several(3);
    const auto params = next_call(1);
    call(params);
    call(params);

    EXPECT_EQ(take_several(3).size(), 1u);
}

// ---- by hand ----------------------------------------------------------------------------------

TEST_P(ManualRate, StopsWorkersThatHaveALimit) {
    taker.limit = RateLimit{.max = 100, .duration = 1s};
    add();
    ASSERT_TRUE(done(client.rate_limit_for(queue, 10s, now())));

    const FinishedAndTaken answer = call(next_call(1));
    EXPECT_TRUE(answer.jobs.empty());
    EXPECT_TRUE(is_about(answer.limited_for, 10s));
    pass_time(11s);
    EXPECT_TRUE(take());
}

TEST_P(ManualRate, StopsAllWorkersOfAQueueThatHasALimit) {
    ASSERT_TRUE(done(client.set_rate_limit(queue, RateLimit{.max = 100, .duration = 1s})));
    add();
    ASSERT_TRUE(done(client.rate_limit_for(queue, 10s, now())));
    EXPECT_FALSE(take());
    pass_time(11s);

    EXPECT_TRUE(take());
}

TEST_P(ManualRate, DoesNotStopAWorkerWithoutALimit) {
    add();
    ASSERT_TRUE(done(client.rate_limit_for(queue, 10s, now())));

    EXPECT_TRUE(take());
}

TEST_P(ManualRate, EndsByHand) {
    taker.limit = RateLimit{.max = 100, .duration = 1s};
    add();
    ASSERT_TRUE(done(client.rate_limit_for(queue, 10s, now())));
    ASSERT_TRUE(done(client.rate_limit_for(queue, 0ms, now())));

    EXPECT_TRUE(take());
}

TEST_P(ManualRate, IsSetAnew) {
    taker.limit = RateLimit{.max = 100, .duration = 1s};
    add();
    ASSERT_TRUE(done(client.rate_limit_for(queue, 10s, now())));
    ASSERT_TRUE(done(client.rate_limit_for(queue, 60s, now())));
    pass_time(11s);

    EXPECT_FALSE(take());
}

// ---- what is left -----------------------------------------------------------------------------

TEST_P(RateLeft, IsNothingWithoutALimit) {
    EXPECT_EQ(ttl(), 0ms);
    EXPECT_EQ(ttl(5), 0ms);
    add();
    ASSERT_TRUE(take());
    EXPECT_EQ(ttl(), 0ms);
}

TEST_P(RateLeft, OfAQueueIsThereWhenItsMaximumIsReached) {
    ASSERT_TRUE(done(client.set_rate_limit(queue, RateLimit{.max = 2, .duration = 60s})));
    add_several(2);
    ASSERT_TRUE(take());
    EXPECT_EQ(ttl(), 0ms);
    ASSERT_TRUE(take());
    EXPECT_TRUE(is_about(ttl(), 60s));
    pass_time(30s);
    EXPECT_TRUE(is_about(ttl(), 30s));
    pass_time(31s);
    EXPECT_EQ(ttl(), 0ms);
}

TEST_P(RateLeft, IsAskedForTheMaximumOfAWorker) {
    taker.limit = RateLimit{.max = 5, .duration = 60s};
    add_several(2);
    ASSERT_EQ(take_several(2).size(), 2u);

    EXPECT_TRUE(is_about(ttl(2), 60s));
    EXPECT_EQ(ttl(3), 0ms);
}

TEST_P(RateLeft, IsThereForALimitByHand) {
    ASSERT_TRUE(done(client.rate_limit_for(queue, 10s, now())));

    EXPECT_TRUE(is_about(ttl(), 10s));
    EXPECT_TRUE(is_about(ttl(1'000'000), 10s));
    ASSERT_TRUE(done(client.rate_limit_for(queue, 0ms, now())));
    EXPECT_EQ(ttl(), 0ms);
}

// ---- by a handler's wish ----------------------------------------------------------------------

TEST_P(RateOutcome, PutsTheJobBackInFrontAndStopsAllStarts) {
    taker.limit = RateLimit{.max = 100, .duration = 1s};
    add({.id = "a"});
    add({.id = "b"});
    const auto run = take();
    events();
    auto params = next_call(1);
    params.outcomes = {
        {.id = "a", .token = run->token, .kind = Outcome::Kind::rate_limit, .delay = 10s}};

    const FinishedAndTaken answer = call(params);

    EXPECT_TRUE(done(answer.finished.at(0)));
    EXPECT_TRUE(answer.jobs.empty());
    EXPECT_TRUE(is_about(answer.limited_for, 10s));
    EXPECT_EQ(ids(JobState::waiting), (Ids{"a", "b"}));
    EXPECT_EQ(job("a").attempts_made, 0);
    EXPECT_EQ(job("a").attempts_started, 1);
    EXPECT_EQ(events(), Lines{"waiting a prev=active"});
    pass_time(11s);
    EXPECT_EQ(take()->job.id, "a");
}

TEST_P(RateOutcome, GoesToTheFrontOfItsPriority) {
    add({.id = "a", .priority = 2});
    const auto run = take();
    add({.id = "b", .priority = 2});
    ASSERT_TRUE(done(
        finish({.id = "a", .token = run->token, .kind = Outcome::Kind::rate_limit, .delay = 10s})));

    EXPECT_EQ(ids(JobState::prioritized), (Ids{"a", "b"}));
    EXPECT_TRUE(is_about(ttl(), 10s));
}

TEST_P(RateOutcome, OfAStrangerLimitsNothing) {
    add({.id = "a"});
    ASSERT_TRUE(take());

    EXPECT_EQ(
        code_of(finish(
            {.id = "a", .token = "another", .kind = Outcome::Kind::rate_limit, .delay = 10s})),
        ErrorCode::not_owner);
    EXPECT_EQ(ttl(), 0ms);
}

}  // namespace toril::conformance

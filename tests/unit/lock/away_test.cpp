// Locks on a store that is away, loses answers, or comes back.

#include "lock_fixture.hpp"

#include <thread>

using namespace std::chrono_literals;

namespace toril::lock {
namespace {

class AwayTest : public CoreTest {
protected:
    // Until a new lock is the store's again.
    bool is_back() {
        const auto deadline = std::chrono::steady_clock::now() + support::test_deadline;
        while (std::chrono::steady_clock::now() < deadline) {
            const auto answer = core->acquire("back", {.when_away = WhenAway::open});
            if (answer && answer->outcome == LockOutcome::held) return true;
            std::this_thread::yield();
        }
        return false;
    }
};

// Nothing stands in for the store.
TEST_F(AwayTest, ClosedIsNoFallback) {
    store->be_away(ErrorCode::unavailable);
    EXPECT_FALSE(core->acquire("k", {}));
    EXPECT_FALSE(core->acquire("k", {}));

    EXPECT_FALSE(board->is_any_active());
}

TEST_F(AwayTest, ClosedGivesItToNobodyAndSaysWhatToDo) {
    store->be_away(ErrorCode::unavailable);
    const auto answer = core->acquire("k", {});

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), ErrorCode::unavailable);
    EXPECT_NE(answer.error().message().find("try again when it is back"), std::string::npos);
    EXPECT_EQ(core->counters().refused_away, 1u);
}

// L7: the answer says that it is no real lock.
TEST_F(AwayTest, OpenGoesOnAndSaysThatItIsDegraded) {
    store->be_away(ErrorCode::timed_out);
    LockAnswer first = acquire({.when_away = WhenAway::open});
    LockAnswer second = acquire({.when_away = WhenAway::open});

    for (LockAnswer* answer : {&first, &second}) {
        ASSERT_EQ(answer->outcome, LockOutcome::degraded);
        EXPECT_TRUE(answer->lock->is_degraded());
        EXPECT_EQ(answer->lock->fence(), 0u);
        EXPECT_FALSE(answer->lock->is_held()) << "for sure it is not";
        EXPECT_FALSE(answer->lock->stop_token().stop_requested());
        EXPECT_EQ(answer->lock->release(), LockRelease::released);
    }
    EXPECT_EQ(core->counters().degraded, 2u);
}

TEST_F(AwayTest, LocalExcludesOthersOfThisHost) {
    store->be_away(ErrorCode::unavailable);
    const auto other = open_core();
    LockAnswer first = acquire({.owner = "first", .when_away = WhenAway::local});
    LockAnswer second = acquire(*other, {.when_away = WhenAway::local});

    ASSERT_EQ(first.outcome, LockOutcome::degraded);
    EXPECT_TRUE(first.lock->is_held());
    ASSERT_EQ(second.outcome, LockOutcome::busy);
    EXPECT_EQ(second.holder->owner, "first");
    EXPECT_EQ(second.holder->fence, 0u);
    first.lock->release();
    EXPECT_EQ(acquire(*other, {.when_away = WhenAway::local}).outcome, LockOutcome::degraded);
}

TEST_F(AwayTest, LocalMayBeWaitedFor) {
    store->be_away(ErrorCode::unavailable);
    LockAnswer first = acquire({.when_away = WhenAway::local});
    LockAnswer second;
    Signal begun;
    std::thread waiter([&] {
        begun.raise();
        second = acquire({.wait = support::test_deadline, .when_away = WhenAway::local});
    });
    ASSERT_TRUE(begun.wait());
    first.lock.reset();
    waiter.join();

    EXPECT_EQ(second.outcome, LockOutcome::degraded);
}

// Who held it when the store went away still excludes others of the host.
TEST_F(AwayTest, LocalKeepsExcludingOverTheBeginningOfAnOutage) {
    const LockAnswer first = acquire({.owner = "first", .when_away = WhenAway::local});
    ASSERT_EQ(first.outcome, LockOutcome::held);
    store->be_away(ErrorCode::unavailable);

    const LockAnswer second = acquire({.when_away = WhenAway::local});
    ASSERT_EQ(second.outcome, LockOutcome::busy);
    EXPECT_EQ(second.holder->owner, "first");
}

TEST_F(AwayTest, LocalKeepsExcludingOverTheEndOfAnOutage) {
    store->be_away(ErrorCode::unavailable);
    const LockAnswer first = acquire({.owner = "first", .when_away = WhenAway::local});
    ASSERT_EQ(first.outcome, LockOutcome::degraded);
    store->be_away(std::nullopt);
    ASSERT_TRUE(is_back());

    EXPECT_EQ(acquire({.when_away = WhenAway::local}).outcome, LockOutcome::busy);
}

TEST_F(AwayTest, IsNotAskedAgainAndAgain) {
    store->be_away(ErrorCode::timed_out);
    for (int i = 0; i < 50; ++i)
        EXPECT_EQ(acquire({.when_away = WhenAway::open}).outcome, LockOutcome::degraded);

    EXPECT_EQ(store->acquires, 2) << "the breaker opens at the second failure";
    EXPECT_EQ(events["lock.store_away"].count(), 1u);
}

TEST_F(AwayTest, HealsByItselfAndWhoGoesOnWithoutItKeepsHisHandle) {
    store->be_away(ErrorCode::unavailable);
    LockAnswer degraded = acquire({.when_away = WhenAway::open});
    acquire({.when_away = WhenAway::open});
    ASSERT_TRUE(board->is_any_active());
    EXPECT_EQ(board->all().front().subsystem, "locks");
    EXPECT_EQ(board->all().front().mode, "open");
    EXPECT_EQ(board->all().front().count, 2u);
    store->be_away(std::nullopt);

    ASSERT_TRUE(events["lock.store_back"].wait()) << "nobody asked for a lock meanwhile";
    EXPECT_FALSE(board->is_any_active());
    EXPECT_EQ(acquire().outcome, LockOutcome::held);
    EXPECT_TRUE(degraded.lock->is_degraded());
    EXPECT_EQ(events["lock.store_away"].count(), 1u);
}

// L4
TEST_F(AwayTest, ALostAnswerIsAskedForAgainAndIsHeldWithTheSameFence) {
    store->lose_answers(1, ErrorCode::outcome_unknown);
    const LockAnswer answer = acquire();

    ASSERT_EQ(answer.outcome, LockOutcome::held);
    EXPECT_EQ(store->acquires, 2);
    ASSERT_TRUE(store->holder("k"));
    EXPECT_EQ(store->holder("k")->fence, answer.lock->fence());
}

// L4: it may have been granted to a token that nobody has.
TEST_F(AwayTest, WhatMayHaveBeenGrantedIsGivenBack) {
    store->lose_answers(1, ErrorCode::timed_out);
    const auto answer = core->acquire("k", {});

    ASSERT_FALSE(answer);
    ASSERT_TRUE(store->releases.wait());
    EXPECT_FALSE(store->holder("k"));
}

// L2
TEST_F(AwayTest, AHeldLockAsksToStopBeforeItsTimeIsOver) {
    LockAnswer answer = acquire({.ttl = 200ms});
    Stopped stopped(*answer.lock);
    store->be_away(ErrorCode::timed_out);

    ASSERT_TRUE(stopped.wait());
    EXPECT_FALSE(answer.lock->is_held());
    EXPECT_EQ(core->counters().lost, 1u);
    EXPECT_EQ(answer.lock->release(), LockRelease::unknown);
}

TEST_F(AwayTest, AHeldLockOutlivesAnOutageThatIsShorterThanItsTime) {
    LockAnswer answer = acquire({.ttl = 3s});
    Stopped stopped(*answer.lock);
    store->be_away(ErrorCode::timed_out);
    ASSERT_TRUE(store->renewals.wait(1));
    store->be_away(std::nullopt);
    ASSERT_TRUE(store->renewals.wait(4)) << "well beyond its first ttl";

    EXPECT_TRUE(answer.lock->is_held());
    EXPECT_FALSE(stopped.is_asked());
}

TEST_F(AwayTest, ReleaseSaysThatItDoesNotKnow) {
    LockAnswer answer = acquire();
    store->be_away(ErrorCode::outcome_unknown);

    EXPECT_EQ(answer.lock->release(), LockRelease::unknown);
}

TEST_F(AwayTest, WhatIsNoOutageIsNotTakenForOne) {
    store->be_away(ErrorCode::corrupt);
    const auto answer = core->acquire("k", {.when_away = WhenAway::open});

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), ErrorCode::corrupt);
}

TEST_F(AwayTest, LooksAreRefusedWithTheReason) {
    store->be_away(ErrorCode::unavailable);
    EXPECT_EQ(core->status("k").error().code(), ErrorCode::unavailable);
    EXPECT_EQ(core->release_owner("k", "o").error().code(), ErrorCode::unavailable);
}

}  // namespace
}  // namespace toril::lock

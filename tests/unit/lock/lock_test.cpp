// Locks on a store that is there: who has one, how it ends, and who waits.

#include "lock_fixture.hpp"

#include <toril/store.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace toril::lock {
namespace {

class LockTest : public CoreTest {};

TEST_F(LockTest, IsHeldByOneAndOthersLearnByWhom) {
    const LockAnswer first = acquire({.owner = "job 7"});
    const LockAnswer second = acquire({.owner = "job 8"});

    ASSERT_EQ(first.outcome, LockOutcome::held);
    EXPECT_TRUE(first.lock->is_held());
    EXPECT_FALSE(first.lock->is_degraded());
    EXPECT_EQ(first.lock->key(), "k");
    EXPECT_GT(first.lock->remaining(), 290s);
    EXPECT_LT(first.lock->remaining(), 300s) << "a margin is taken off";
    ASSERT_EQ(second.outcome, LockOutcome::busy);
    EXPECT_EQ(second.holder->owner, "job 7");
    EXPECT_EQ(second.holder->fence, first.lock->fence());
}

TEST_F(LockTest, EndsWithItsHandle) {
    { const LockAnswer first = acquire(); }

    EXPECT_EQ(acquire().outcome, LockOutcome::held);
}

TEST_F(LockTest, GrowsItsFence) {
    const std::uint64_t first = acquire().lock->fence();

    EXPECT_GT(acquire().lock->fence(), first);
}

// L5
TEST_F(LockTest, IsReleasedOnceAndLaterCallsAnswerTheSame) {
    LockAnswer answer = acquire();

    EXPECT_EQ(answer.lock->release(), LockRelease::released);
    EXPECT_EQ(answer.lock->release(), LockRelease::released);
    EXPECT_FALSE(answer.lock->is_held());
    EXPECT_EQ(answer.lock->remaining(), 0ms);
}

// L5
TEST_F(LockTest, IsReleasedByTheHandleItWasMovedTo) {
    LockAnswer answer = acquire();
    Lock moved = std::move(*answer.lock);

    EXPECT_EQ(answer.lock->release(), LockRelease::expired) << "an empty handle holds nothing";
    EXPECT_FALSE(answer.lock->is_held());
    EXPECT_EQ(answer.lock->renew().error().code(), ErrorCode::not_owner);
    EXPECT_TRUE(moved.is_held());
    EXPECT_EQ(moved.release(), LockRelease::released);
}

TEST_F(LockTest, OfAnAssignedHandleIsReleased) {
    LockAnswer first = acquire({}, "a");
    LockAnswer second = acquire({}, "b");
    *first.lock = std::move(*second.lock);

    EXPECT_FALSE(store->holder("a"));
    EXPECT_TRUE(store->holder("b"));
}

// L15: the handle owns it, whichever thread has the handle.
TEST_F(LockTest, MayBeReleasedByAnotherThread) {
    LockAnswer answer = acquire();
    LockRelease released = LockRelease::unknown;
    std::thread other([&] { released = answer.lock->release(); });
    other.join();

    EXPECT_EQ(released, LockRelease::released);
}

TEST_F(LockTest, OfTheSameThreadIsNotHeldTwice) {
    const LockAnswer first = acquire();

    EXPECT_EQ(acquire().outcome, LockOutcome::busy);
}

// L14
TEST_F(LockTest, IsNotHeldByTheChildOfAFork) {
    const LockAnswer answer = acquire();
    const pid_t child = ::fork();
    if (child == 0) ::_exit(answer.lock->is_held() ? 1 : 0);
    int status = -1;
    ::waitpid(child, &status, 0);

    EXPECT_EQ(status, 0);
    EXPECT_TRUE(answer.lock->is_held());
}

TEST_F(LockTest, ThatIsLeftStaysHeldWithoutRenewal) {
    LockAnswer answer = acquire({.ttl = 60s, .owner = "job 7"});
    std::move(*answer.lock).leave();
    answer.lock.reset();

    ASSERT_TRUE(store->holder("k"));
    EXPECT_TRUE(core->release_owner("k", "job 7"));
    EXPECT_FALSE(store->holder("k"));
}

TEST_F(LockTest, IsRenewedInTheBackground) {
    LockAnswer answer = acquire({.ttl = 150ms});
    Stopped stopped(*answer.lock);

    ASSERT_TRUE(store->renewals.wait(6)) << "twice its ttl has passed";
    EXPECT_FALSE(stopped.is_asked());
    EXPECT_GE(core->counters().renewals, 5u);
}

TEST_F(LockTest, IsRenewedByHandFromNowOn) {
    LockAnswer answer = acquire({.ttl = 60s, .renew = false});
    const Millis before = answer.lock->remaining();
    EXPECT_TRUE(answer.lock->renew());

    EXPECT_GE(answer.lock->remaining(), before - 1ms);
    EXPECT_EQ(core->counters().renewals, 1u);
}

TEST_F(LockTest, ThatIsNotRenewedAsksToStopAtItsEnd) {
    LockAnswer answer = acquire({.ttl = 100ms, .renew = false});
    Stopped stopped(*answer.lock);

    EXPECT_TRUE(stopped.wait());
    EXPECT_FALSE(answer.lock->is_held());
    EXPECT_TRUE(events["lock.lost"].wait());
    EXPECT_EQ(core->counters().lost, 1u);
}

// L8: somebody takes it by the owner's name, in whichever process.
TEST_F(LockTest, AsksToStopAsSoonAsItIsTaken) {
    LockAnswer answer = acquire({.owner = "job 7"});  // its renewal is 100 s away
    Stopped stopped(*answer.lock);
    ASSERT_TRUE(open_core()->release_owner("k", "job 7"));

    EXPECT_TRUE(stopped.wait());
    EXPECT_FALSE(answer.lock->is_held());
    EXPECT_EQ(answer.lock->renew().error().code(), ErrorCode::not_owner);
    EXPECT_EQ(answer.lock->release(), LockRelease::expired);
}

// L8: an operator's DEL tells nobody; the next renewal finds it.
TEST_F(LockTest, AsksToStopWhenARenewalFindsItGone) {
    LockAnswer answer = acquire({.owner = "job 7"});
    Stopped stopped(*answer.lock);
    store->forget_listeners();
    ASSERT_TRUE(core->release_owner("k", "job 7"));
    ASSERT_TRUE(answer.lock->is_held()) << "as far as anybody here knows";

    EXPECT_EQ(answer.lock->renew().error().code(), ErrorCode::not_owner);
    EXPECT_TRUE(stopped.wait());
}

// L1: the second's lock survives the first's release.
TEST_F(LockTest, OfAnotherSurvivesTheReleaseOfWhoLostIt) {
    LockAnswer first = acquire({.owner = "first"});
    ASSERT_TRUE(core->release_owner("k", "first"));
    const LockAnswer second = acquire({.owner = "second"});

    EXPECT_EQ(first.lock->release(), LockRelease::lost);
    EXPECT_GT(second.lock->fence(), first.lock->fence());
    ASSERT_TRUE(store->holder("k"));
    EXPECT_EQ(store->holder("k")->owner, "second");
}

// L9: a renewal under way when it is released does not bring it back.
TEST_F(LockTest, IsNeverRenewedAfterItWasReleased) {
    LockAnswer answer = acquire({.ttl = 100ms});
    store->hold_renewals();
    ASSERT_TRUE(store->renewals.wait(1));
    EXPECT_EQ(answer.lock->release(), LockRelease::released);
    store->let_renewals_go();
    LockAnswer other = acquire({.ttl = 100ms}, "other");
    const std::size_t before = store->renewals.count();
    ASSERT_TRUE(store->renewals.wait(before + 3));

    EXPECT_FALSE(store->holder("k"));
    EXPECT_EQ(core->counters().lost, 0u);
}

// ---- waiting ------------------------------------------------------------------------------------

TEST_F(LockTest, IsHadByWhoWaitsAsSoonAsItIsReleased) {
    LockAnswer first = acquire();
    LockAnswer second;
    std::thread waiter([&] { second = acquire({.wait = support::test_deadline}); });
    while (store->acquires < 2)
        std::this_thread::yield();
    first.lock->release();
    waiter.join();

    EXPECT_EQ(second.outcome, LockOutcome::held);
}

TEST_F(LockTest, IsBusyWhenTheWaitIsOver) {
    const LockAnswer first = acquire({.owner = "job 7"});
    const LockAnswer second = acquire({.wait = 20ms});

    EXPECT_EQ(second.outcome, LockOutcome::busy);
    EXPECT_EQ(second.holder->owner, "job 7");
    EXPECT_GE(core->counters().wait_ms, 19u);
}

// L10: a hundred waiting threads are one contender.
TEST_F(LockTest, OfManyWaitersIsAskedForByOneAtATime) {
    LockAnswer first = acquire();
    std::vector<std::thread> waiters;
    std::atomic<int> held{0};
    for (int i = 0; i < 100; ++i)
        waiters.emplace_back([&] {
            held += acquire({.wait = support::test_deadline}).outcome == LockOutcome::held;
        });
    first.lock->release();
    for (std::thread& waiter : waiters)
        waiter.join();

    EXPECT_EQ(held, 100);
    EXPECT_LT(store->acquires, 400) << "a hundred contenders would have asked thousands of times";
}

// L10: who gives up passes his turn on.
TEST_F(LockTest, GoesOnToTheNextWhenAWaiterGivesUp) {
    LockAnswer first = acquire();
    std::thread impatient([&] { acquire({.wait = 20ms}); });
    LockAnswer second;
    std::thread patient([&] { second = acquire({.wait = support::test_deadline}); });
    impatient.join();
    first.lock->release();
    patient.join();

    EXPECT_EQ(second.outcome, LockOutcome::held);
}

TEST_F(LockTest, WaitersAreToldWhenTheStoreCloses) {
    const LockAnswer first = acquire();
    std::optional<ErrorCode> code;
    std::thread waiter([&] {
        const auto answer = core->acquire("k", {.wait = support::test_deadline});
        if (!answer) code = answer.error().code();
    });
    while (store->acquires < 2)
        std::this_thread::yield();
    store->close(0ms);
    waiter.join();

    EXPECT_EQ(code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace toril::lock

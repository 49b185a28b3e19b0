// Locks and records: what the contract's suite cannot see from outside.

#include "side_fixture.hpp"
#include "support/signal.hpp"

namespace toril::sqlite_side {
namespace {

using contract::BeginAnswer;
using contract::LockKind;
using contract::ReleaseOutcome;

class SideLocksTest : public SideTest {};

TEST_F(SideLocksTest, MakesNoFileBeforeTheFirstOperation) {
    Client client = open();

    EXPECT_FALSE(exists(""));
    EXPECT_TRUE(client.holds("k", "a"));
    EXPECT_TRUE(exists(""));
}

TEST_F(SideLocksTest, GivesALockToOneOfTwoStores) {
    Client first = open();
    Client second = open();

    EXPECT_TRUE(first.holds("k", "a"));
    const auto busy = second.acquire("k", "b");
    ASSERT_TRUE(busy);
    EXPECT_FALSE(busy->held);
    EXPECT_EQ(busy->holder.owner, "owner of a");
    EXPECT_EQ(busy->holder.remaining, 10s);
    EXPECT_EQ(first.release("k", "a").value(), ReleaseOutcome::released);
    EXPECT_TRUE(second.holds("k", "b"));
}

TEST_F(SideLocksTest, EndsALockByTheBootsClockWhateverTheWallClockSays) {
    Client client = open();
    ASSERT_TRUE(client.holds("k", "a", 10s));

    clock.wall_us += 3'600'000'000;
    EXPECT_FALSE(client.holds("k", "b"));
    clock.boot_ms += 9'999;
    EXPECT_FALSE(client.holds("k", "b"));
    clock.boot_ms += 1;
    EXPECT_TRUE(client.holds("k", "b"));
    EXPECT_EQ(client.release("k", "a").value(), ReleaseOutcome::lost);
}

TEST_F(SideLocksTest, FreesLocksAndRunsOfAnEarlierBoot) {
    {
        Client before = open();
        ASSERT_TRUE(before.holds("k", "a", 1h));
        ASSERT_EQ(before.begin("r", "a", 1h)->kind, BeginAnswer::Kind::run);
        ASSERT_EQ(before.begin("done", "a", 1h)->kind, BeginAnswer::Kind::run);
        ASSERT_TRUE(before.finish("done", "a", "answer"));
    }
    clock.boot_ms = 5'000;

    Client after = open_after_reboot();

    EXPECT_TRUE(after.holds("k", "b"));
    EXPECT_EQ(after.begin("r", "b")->kind, BeginAnswer::Kind::run);
    EXPECT_EQ(after.begin("done", "b")->kind, BeginAnswer::Kind::replay);
}

TEST_F(SideLocksTest, CountsFencesUpWhenTheWallClockGoesBackAndTheRowWasSwept) {
    Client client = open();
    const std::uint64_t first = client.acquire("k", "a")->fence;
    ASSERT_TRUE(client.release("k", "a"));
    clock.wall_us -= 3'600'000'000;
    // Each of these is a transaction, and every sixteenth sweeps.
    for (int i = 0; i < 300; ++i)
        ASSERT_TRUE(client.holds("other", "o"));

    const std::uint64_t second = client.acquire("k", "b")->fence;

    EXPECT_GT(second, first);
}

TEST_F(SideLocksTest, CountsFencesUpWhenTheFileWasDeleted) {
    Client client = open();
    const std::uint64_t first = client.acquire("k", "a")->fence;

    std::filesystem::remove(path);
    clock.pass(1ms);

    EXPECT_GT(client.acquire("k", "b")->fence, first);
}

TEST_F(SideLocksTest, WakesAWaiterOfAnotherStoreWhenALockIsReleased) {
    Client holder = open();
    Client waiter = open();
    ASSERT_TRUE(holder.holds("k", "a"));
    const auto watcher = waiter.locks().watch(LockKind::lock, "k");
    support::Signal woken;
    watcher->wait(1h, [&](const Status&) { woken.raise(); });
    // The look that begins the wait has found it held once this is answered.
    ASSERT_TRUE(waiter.holder("k"));
    EXPECT_EQ(woken.count(), 0u);

    ASSERT_EQ(holder.release("k", "a").value(), ReleaseOutcome::released);

    EXPECT_TRUE(woken.wait());
}

TEST_F(SideLocksTest, EndsAWaitAtOnceWhenTheLockIsFree) {
    Client client = open();
    const auto watcher = client.locks().watch(LockKind::lock, "k");
    support::Signal woken;

    watcher->wait(1h, [&](const Status& ended) {
        EXPECT_TRUE(ended);
        woken.raise();
    });

    EXPECT_TRUE(woken.wait());
}

TEST_F(SideLocksTest, EndsAWaitAfterItsTimeAndWhenItIsInterrupted) {
    Client client = open();
    ASSERT_TRUE(client.holds("k", "a"));
    const auto watcher = client.locks().watch(LockKind::lock, "k");
    support::Signal timed;
    watcher->wait(20ms, [&](const Status& ended) {
        EXPECT_TRUE(ended);
        timed.raise();
    });
    EXPECT_TRUE(timed.wait());

    support::Signal interrupted;
    watcher->wait(1h, [&](const Status& ended) {
        EXPECT_EQ(ended.error().code(), ErrorCode::cancelled);
        interrupted.raise();
    });
    watcher->interrupt();
    EXPECT_TRUE(interrupted.wait());
}

TEST_F(SideLocksTest, EndsAWaitWhenTheTtlOfTheLockEnds) {
    SideOptions real = options();
    real.clock.reset();
    Client client{open_side(real)};
    ASSERT_TRUE(client.holds("k", "a", 100ms));
    const auto watcher = client.locks().watch(LockKind::lock, "k");
    support::Signal woken;

    watcher->wait(1h, [&](const Status&) { woken.raise(); });

    EXPECT_TRUE(woken.wait());
    EXPECT_TRUE(client.holds("k", "b"));
}

TEST_F(SideLocksTest, WakesAWaiterWhenARecordIsFinished) {
    Client runner = open();
    Client waiter = open();
    ASSERT_EQ(runner.begin("r", "a")->kind, BeginAnswer::Kind::run);
    const auto watcher = waiter.locks().watch(LockKind::record, "r");
    support::Signal woken;
    watcher->wait(1h, [&](const Status&) { woken.raise(); });
    ASSERT_EQ(waiter.begin("r", "b")->kind, BeginAnswer::Kind::running);

    ASSERT_TRUE(runner.finish("r", "a", "answer"));

    EXPECT_TRUE(woken.wait());
    const auto replay = waiter.begin("r", "b");
    EXPECT_EQ(replay->kind, BeginAnswer::Kind::replay);
    EXPECT_EQ(replay->value, "answer");
}

TEST_F(SideLocksTest, TellsOtherStoresOfALockThatWasTaken) {
    Client holder = open();
    Client other = open();
    support::Signal told;
    const auto listener = std::make_shared<contract::OnTaken>([&](const std::string& key) {
        EXPECT_EQ(key, "k");
        told.raise();
    });
    holder.locks().hear_of_taken(listener);

    // A hint that may be missed until the listener has found out where the news are.
    const auto deadline = std::chrono::steady_clock::now() + support::test_deadline;
    while (told.count() == 0 && std::chrono::steady_clock::now() < deadline) {
        ASSERT_TRUE(holder.holds("k", "a"));
        ASSERT_TRUE(base::wait_for_answer<Status>(20s, [&](auto done) {
            other.locks().release_owner("k", "owner of a", 20s, std::move(done));
        }));
        EXPECT_FALSE(holder.holder("k"));
    }

    EXPECT_GT(told.count(), 0u);
}

TEST_F(SideLocksTest, RefusesWhatComesAfterItWasClosedAndLeavesTheOtherStoresOpen) {
    Client client = open();
    ASSERT_TRUE(client.holds("k", "a"));
    const auto watcher = client.locks().watch(LockKind::lock, "k");
    support::Signal ended;
    watcher->wait(1h, [&](const Status& with) {
        EXPECT_EQ(with.error().code(), ErrorCode::cancelled);
        ended.raise();
    });

    client.locks().close(5s);
    client.locks().close(5s);

    EXPECT_TRUE(ended.wait());
    EXPECT_EQ(client.acquire("k", "b").error().code(), ErrorCode::cancelled);
    EXPECT_TRUE(client.may("limit"));
}

TEST_F(SideLocksTest, KeepsTheLocksOfPrefixesApart) {
    SideOptions blue = options();
    blue.prefix = "blue";
    Client bull = open();
    Client other{open_side(blue)};

    EXPECT_TRUE(bull.holds("k", "a"));
    EXPECT_TRUE(other.holds("k", "b"));
}

}  // namespace
}  // namespace toril::sqlite_side

// Waiting for a lock or a record, without asking again and again.

#include "conformance_side/lock_fixture.hpp"
#include "support/signal.hpp"

#include <chrono>
#include <functional>

namespace toril::conformance {
namespace {

using support::Signal;
using SteadyClock = std::chrono::steady_clock;

constexpr Millis long_wait{60'000};  // longer than the patience of any signal

// Watching a key, with waits that tell when they end.
class Watched {
public:
    Watched(contract::LockStore& store, LockKind kind, const std::string& key)
        : watcher_(store.watch(kind, key)) {}

    void wait(Millis at_most) {
        watcher_->wait(at_most, [this](const Status& status) {
            outcome_ = refusal(status);
            ended_.raise();
        });
        ++waits_;
    }
    bool has_ended() { return ended_.wait(waits_); }
    // A store may end a wait early; who waits looks, and waits again.
    bool until(const std::function<bool()>& is_so, Millis at_most) {
        for (;;) {
            if (is_so()) return true;
            const auto begun = SteadyClock::now();
            wait(at_most);
            if (!has_ended()) return false;
            if (SteadyClock::now() - begun > at_most / 2) return false;
        }
    }
    std::optional<ErrorCode> outcome() const { return outcome_; }
    contract::LockWatcher& watcher() { return *watcher_; }

private:
    Signal ended_{};
    std::size_t waits_ = 0;
    std::optional<ErrorCode> outcome_{};
    std::unique_ptr<contract::LockWatcher> watcher_;  // ends first
};

TORIL_LOCK_SUITE(LockWatch);

TEST_P(LockWatch, EndsWhenTheLockIsReleased) {
    acquire("t1");
    Watched watched(store, LockKind::lock, "k");
    // What happened before it began to watch may end the first waits.
    watched.wait(Millis{300});
    ASSERT_TRUE(watched.has_ended());
    acquire("t1");
    watched.wait(long_wait);
    release("t1");

    EXPECT_TRUE(watched.has_ended());
    EXPECT_EQ(watched.outcome(), std::nullopt);
}

TEST_P(LockWatch, CountsWhatHappenedSinceItsLastWait) {
    acquire("t1");
    Watched watched(store, LockKind::lock, "k");
    release("t1");

    EXPECT_TRUE(watched.until([&] { return !status(); }, long_wait));
}

TEST_P(LockWatch, EndsWhenTheLockIsTakenByTheOwnersName) {
    acquire("t1");
    Watched watched(store, LockKind::lock, "k");
    ASSERT_TRUE(release_owner("owner of t1"));

    EXPECT_TRUE(watched.until([&] { return !status(); }, long_wait));
}

TEST_P(LockWatch, EndsAfterTheTimeItIsGiven) {
    acquire("t1");
    Watched watched(store, LockKind::lock, "k");
    watched.wait(Millis{20});

    EXPECT_TRUE(watched.has_ended());
    EXPECT_EQ(watched.outcome(), std::nullopt);
}

TEST_P(LockWatch, EndsWhenItIsInterruptedAndStaysSo) {
    acquire("t1");
    Watched watched(store, LockKind::lock, "k");
    watched.wait(Millis{20});
    ASSERT_TRUE(watched.has_ended());
    acquire("t1");
    watched.wait(long_wait);
    watched.watcher().interrupt();

    EXPECT_TRUE(watched.has_ended());
    watched.wait(long_wait);
    EXPECT_TRUE(watched.has_ended());
    EXPECT_EQ(watched.outcome(), ErrorCode::cancelled);
}

TEST_P(LockWatch, EndsWhenTheStoreCloses) {
    acquire("t1");
    Watched watched(store, LockKind::lock, "k");
    watched.wait(Millis{20});
    ASSERT_TRUE(watched.has_ended());
    acquire("t1");
    watched.wait(long_wait);
    store.close(Millis{0});

    EXPECT_TRUE(watched.has_ended());
}

TEST_P(LockWatch, WakesEachOfMany) {
    acquire("t1");
    std::vector<std::unique_ptr<Watched>> all;
    for (int i = 0; i < 20; ++i)
        all.push_back(std::make_unique<Watched>(store, LockKind::lock, "k"));
    release("t1");

    for (const auto& watched : all)
        EXPECT_TRUE(watched->until([&] { return !status(); }, long_wait));
}

TEST_P(LockWatch, OfARecordEndsWhenItIsDone) {
    begin("t1");
    Watched watched(store, LockKind::record, "r");
    ASSERT_TRUE(finish("t1", "42"));

    EXPECT_TRUE(watched.until([&] { return begin("t2").kind == Begun::replay; }, long_wait));
}

TEST_P(LockWatch, OfARecordEndsWhenItIsForgotten) {
    begin("t1");
    Watched watched(store, LockKind::record, "r");
    ASSERT_TRUE(forget("t1"));

    EXPECT_TRUE(watched.until([&] { return begin("t2").kind == Begun::run; }, long_wait));
}

}  // namespace
}  // namespace toril::conformance

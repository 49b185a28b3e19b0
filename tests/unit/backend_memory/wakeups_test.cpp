// Waiting for work in this process: who is woken, and when.

#include "backend/memory/memory_store.hpp"
#include "base/sync.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace toril::memory {
namespace {

using namespace std::chrono_literals;
using contract::Watcher;
using contract::WatchFor;

constexpr Millis for_ever{60'000};
constexpr Millis deadline{10'000};

// One wait and its answer.
class Waiting {
public:
    Waiting(Watcher& watcher, Millis at_most) {
        watcher.wait(at_most, [slot = slot_](Result<Timestamp> a) { slot->set(std::move(a)); });
    }
    std::optional<Result<Timestamp>> answer(Millis timeout = deadline) {
        return slot_->wait_for(timeout);
    }
    bool is_answered() { return slot_->wait_for(Millis{0}).has_value(); }

private:
    std::shared_ptr<base::OneShot<Result<Timestamp>>> slot_ =
        std::make_shared<base::OneShot<Result<Timestamp>>>();
};

class WakeupsTest : public testing::Test {
protected:
    void add(std::size_t count, Millis delay = Millis{0}) {
        contract::AddParams params{.queue = "mail"};
        params.jobs.assign(count, {.name = "send", .delay = delay});
        store->add(params, [](auto) {});
    }
    void take(std::size_t count) {
        store->finish_and_take(
            {.queue = "mail", .taker = {.worker = "w"}, .sequence = ++calls, .take = count},
            [](auto) {});
    }
    std::unique_ptr<Watcher> watch(WatchFor what = WatchFor::work) {
        return store->watch({.queue = "mail", .what = what});
    }

    std::shared_ptr<contract::JobStore> store = open_memory();
    std::uint64_t calls = 0;
};

TEST_F(WakeupsTest, WakesOneWatcherForOneJobAndTheOneThatWaitsLongest) {
    auto first = watch();
    auto second = watch();
    Waiting one(*first, for_ever);
    Waiting two(*second, for_ever);

    add(1);

    ASSERT_TRUE(one.answer());
    EXPECT_FALSE(two.is_answered());
}

TEST_F(WakeupsTest, WakesAsManyWatchersAsThereAreJobs) {
    auto first = watch();
    auto second = watch();
    Waiting one(*first, for_ever);
    Waiting two(*second, for_ever);

    add(2);

    EXPECT_TRUE(one.answer());
    EXPECT_TRUE(two.answer());
}

TEST_F(WakeupsTest, WakesTheNextWatcherWhenATakerLeavesWork) {
    store->pause("mail", contract::PauseStyle::automatic, [](auto) {});
    add(3);
    auto first = watch();
    auto second = watch();
    EXPECT_TRUE(Waiting(*first, for_ever).answer()) << "jobs came before it looked";
    EXPECT_TRUE(Waiting(*second, for_ever).answer());
    Waiting one(*first, for_ever);
    Waiting two(*second, for_ever);
    store->set_concurrency("mail", 1, [](auto) {});
    store->resume("mail", contract::PauseStyle::automatic, [](auto) {});
    ASSERT_TRUE(one.answer()) << "room for one";

    store->set_concurrency("mail", 2, [](auto) {});
    take(1);

    EXPECT_TRUE(two.answer());
}

TEST_F(WakeupsTest, DoesNotSpinWhenATakerFoundNothingItMayHave) {
    add(1);
    auto watcher = watch();
    ASSERT_TRUE(Waiting(*watcher, for_ever).answer());
    take(0);

    Waiting again(*watcher, for_ever);

    EXPECT_FALSE(again.is_answered());
}

TEST_F(WakeupsTest, AnswersWithTheTimeOfTheNextDelayedJob) {
    add(1, 1h);
    auto watcher = watch();
    const Timestamp before = base::wall_now();

    const auto answer = Waiting(*watcher, 0ms).answer();

    ASSERT_TRUE(answer && *answer);
    EXPECT_GT(**answer, before + 59min);
    EXPECT_LE(**answer, base::wall_now() + 1h);
}

TEST_F(WakeupsTest, WakesWhenADelayedJobComesDue) {
    auto watcher = watch();
    Waiting waiting(*watcher, for_ever);

    add(1, 20ms);

    EXPECT_TRUE(waiting.answer());
}

TEST_F(WakeupsTest, WakesForAJobThatCameDueWhileNobodyWaited) {
    Timestamp now{1'700'000'000'000ms};
    std::atomic<std::int64_t> passed{0};
    store = open_memory([&] { return now + Millis(passed); });
    add(1, 1h);
    auto watcher = watch();
    passed = Millis(2h).count();

    EXPECT_TRUE(Waiting(*watcher, for_ever).answer());
}

TEST_F(WakeupsTest, CallsEveryWatcherOfChanges) {
    auto first = watch(WatchFor::changes);
    auto second = watch(WatchFor::changes);
    Waiting one(*first, for_ever);
    Waiting two(*second, for_ever);

    add(1);

    EXPECT_TRUE(one.answer());
    EXPECT_TRUE(two.answer());
}

TEST_F(WakeupsTest, AnswersAWaitWhoseWatcherIsDestroyed) {
    auto watcher = watch();
    Waiting waiting(*watcher, for_ever);

    watcher.reset();

    const auto answer = waiting.answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->error().code(), ErrorCode::cancelled);
}

TEST_F(WakeupsTest, OutlivesItsStoreAsARefusingWatcher) {
    auto watcher = watch();
    store.reset();

    const auto answer = Waiting(*watcher, for_ever).answer();

    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->error().code(), ErrorCode::cancelled);
}

TEST_F(WakeupsTest, MayBeClosedFromAWaitsOwnAnswer) {
    auto watcher = watch();
    auto ended = std::make_shared<base::OneShot<Status>>();
    watcher->wait(for_ever, [this, ended](auto) { ended->set(store->close(Millis{1000})); });

    add(1);

    ASSERT_TRUE(ended->wait_for(deadline));
}

}  // namespace
}  // namespace toril::memory

#include "lock/lines.hpp"

#include "backend/memory/lock_store.hpp"
#include "support/signal.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace toril::lock {
namespace {

using Time = BootClock::time_point;
using support::Signal;

Time far() {
    return BootClock::now() + support::test_deadline;
}

TEST(LinesTest, TheFirstOfEachKeyNeedNotWait) {
    Lines lines;
    Lines::Place a(lines, "a");
    Lines::Place b(lines, "b");

    EXPECT_TRUE(a.wait_for_turn(Time{}));
    EXPECT_TRUE(b.wait_for_turn(Time{}));
}

TEST(LinesTest, OthersGiveUpAtTheirTimeAndLeaveTheLine) {
    Lines lines;
    auto first = std::make_unique<Lines::Place>(lines, "a");
    {
        Lines::Place second(lines, "a");
        EXPECT_FALSE(second.wait_for_turn(BootClock::now() + 5ms));
    }
    Lines::Place third(lines, "a");
    first.reset();

    EXPECT_TRUE(third.wait_for_turn(Time{}));
}

// L10
TEST(LinesTest, TurnsComeInTheOrderOfArrival) {
    Lines lines;
    auto first = std::make_unique<Lines::Place>(lines, "a");
    std::vector<int> order;
    std::vector<std::thread> threads;
    for (int i = 0; i < 5; ++i) {
        Signal stands;
        threads.emplace_back([&, i] {
            Lines::Place place(lines, "a");
            stands.raise();
            ASSERT_TRUE(place.wait_for_turn(far()));
            order.push_back(i);  // one turn at a time
        });
        ASSERT_TRUE(stands.wait());
    }
    first.reset();
    for (std::thread& thread : threads)
        thread.join();

    EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(LinesTest, TheFirstTellsTheOthersWhoHoldsIt) {
    Lines lines;
    Lines::Place first(lines, "a");
    Lines::Place second(lines, "a");
    EXPECT_FALSE(second.noted());
    first.note({.owner = "job 7", .fence = 3});

    ASSERT_TRUE(second.noted());
    EXPECT_EQ(second.noted()->owner, "job 7");
}

// One subscription for all who wait, one after the other.
TEST(LinesTest, TheWatcherGoesFromTheFirstToTheNext) {
    Lines lines;
    const auto store = memory::open_lock_store();
    int opened = 0;
    const auto open = [&] {
        ++opened;
        return store->watch(contract::LockKind::lock, "a");
    };
    auto first = std::make_unique<Lines::Place>(lines, "a");
    auto second = std::make_unique<Lines::Place>(lines, "a");
    const contract::LockWatcher* const watcher = &first->watcher(open);
    first.reset();

    EXPECT_EQ(&second->watcher(open), watcher);
    EXPECT_EQ(opened, 1);
    second.reset();
    Lines::Place later(lines, "a");
    later.watcher(open);
    EXPECT_EQ(opened, 2) << "nobody was left in between";
}

}  // namespace
}  // namespace toril::lock

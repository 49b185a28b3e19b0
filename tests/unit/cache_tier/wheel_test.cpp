#include "cache/tier_wheel.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <set>

namespace toril::cache {
namespace {

constexpr std::int64_t tick = 1024;

// The wheel with what its user does: what comes out too early goes in again.
class Ends {
public:
    void add(Slot slot, std::int64_t at) {
        ends_[slot] = at;
        wheel_.add(slot, at);
    }
    void remove(Slot slot) {
        ends_.erase(slot);
        wheel_.remove(slot);
    }
    std::set<Slot> pass_to(std::int64_t now) {
        std::set<Slot> ended;
        wheel_.advance(now);
        while (const Slot slot = wheel_.take()) {
            if (ends_.at(slot) > now) {
                wheel_.add(slot, ends_.at(slot));
                continue;
            }
            ended.insert(slot);
            ends_.erase(slot);
        }
        return ended;
    }
    const std::map<Slot, std::int64_t>& ends() const { return ends_; }
    TierWheel& wheel() { return wheel_; }

private:
    TierWheel wheel_{};
    std::map<Slot, std::int64_t> ends_{};
};

TEST(TierWheelTest, TellsWhatHasEndedWithinASecondOrTwo) {
    std::mt19937_64 random(1);
    for (const std::int64_t start : {std::int64_t{0}, std::int64_t{123'456'789}, -tick * 1000}) {
        Ends ends;
        ends.pass_to(start);
        for (Slot slot = 1; slot <= 2000; ++slot)
            ends.add(slot,
                     start + static_cast<std::int64_t>(random() %
                                                       (std::uint64_t{1} << (random() % 34))));
        std::int64_t now = start;
        while (!ends.ends().empty()) {
            now += static_cast<std::int64_t>(random() % (std::uint64_t{1} << (random() % 30)));
            ends.pass_to(now);
            for (const auto& [slot, at] : ends.ends())
                ASSERT_GT(at, now - 2 * tick) << slot;
        }
    }
}

TEST(TierWheelTest, HoldsTimesBeyondThirtyOneBitsAndWithoutEnd) {
    Ends ends;
    ends.pass_to(1000);
    ends.add(1, std::int64_t{1} << 31);
    ends.add(2, (std::int64_t{1} << 31) + 1'000'000);
    ends.add(3, 366LL * 24 * 3600 * 1000);
    ends.add(4, std::numeric_limits<std::int64_t>::max());

    EXPECT_EQ(ends.pass_to((std::int64_t{1} << 31) - 1).size(), 0u);
    EXPECT_EQ(ends.pass_to((std::int64_t{1} << 31) + 2 * tick), std::set<Slot>{1});
    EXPECT_EQ(ends.pass_to((std::int64_t{1} << 31) + 1'000'000 + 2 * tick), std::set<Slot>{2});
    EXPECT_EQ(ends.pass_to(400LL * 24 * 3600 * 1000), std::set<Slot>{3});
    EXPECT_EQ(ends.pass_to(std::int64_t{1} << 60).size(), 0u);
    EXPECT_EQ(ends.pass_to(std::numeric_limits<std::int64_t>::max()), std::set<Slot>{4});
}

TEST(TierWheelTest, StandsStillWhenTheClockGoesBack) {
    Ends ends;
    ends.pass_to(1'000'000);
    ends.add(1, 1'005'000);

    EXPECT_EQ(ends.pass_to(0).size(), 0u);
    EXPECT_EQ(ends.pass_to(1'004'000).size(), 0u);
    ends.add(2, 1'000);  // it ended before it came
    EXPECT_EQ(ends.pass_to(1'005'000 + 2 * tick), (std::set<Slot>{1, 2}));
}

TEST(TierWheelTest, JumpsOverAnyTimeAtOnce) {
    Ends ends;
    ends.pass_to(0);
    for (Slot slot = 1; slot <= 40; ++slot)
        ends.add(slot, std::int64_t{1} << slot);

    EXPECT_EQ(ends.pass_to(std::int64_t{1} << 50).size(), 40u);
}

TEST(TierWheelTest, HandsOutManyThatEndAtOnceOneByOne) {
    TierWheel wheel;
    wheel.advance(0);
    constexpr Slot many = 200'000;
    for (Slot slot = 1; slot <= many; ++slot)
        wheel.add(slot, 5000);
    wheel.advance(5000 + 2 * tick);  // takes the bucket as a whole: nothing is walked through

    Slot taken = 0;
    while (wheel.take() != no_slot)
        ++taken;
    EXPECT_EQ(taken, many);
}

TEST(TierWheelTest, ForgetsWhatIsRemovedWhereverItWaits) {
    Ends ends;
    ends.pass_to(0);
    for (Slot slot = 1; slot <= 9; ++slot)
        ends.add(slot, slot <= 6 ? 3000 : 100'000'000);
    ends.remove(2);
    ends.remove(8);
    ends.wheel().advance(3000 + 2 * tick);
    ends.remove(1);  // first in line
    ends.remove(4);
    ends.remove(6);  // last in line

    EXPECT_EQ(ends.pass_to(3000 + 2 * tick), (std::set<Slot>{3, 5}));
    EXPECT_EQ(ends.pass_to(200'000'000), (std::set<Slot>{7, 9}));
}

}  // namespace
}  // namespace toril::cache

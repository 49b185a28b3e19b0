#include "backend/memory/minute_counts.hpp"

#include <gtest/gtest.h>

namespace toril::memory {
namespace {

using namespace std::chrono_literals;
using Minutes = std::vector<std::int64_t>;

class MinuteCountsTest : public testing::Test {
protected:
    void count(Millis at, int times = 1, int points_max = 10) {
        for (int i = 0; i < times; ++i)
            counts.count(points_max, Timestamp(1'700'000'040'000ms + at));  // a full minute
    }
    Minutes minutes(std::int64_t start = 0, std::int64_t end = -1) const {
        return counts.page(start, end).data;
    }

    MinuteCounts counts;
};

TEST_F(MinuteCountsTest, LeavesOutTheMinuteThatIsUnderWay) {
    count(0s, 3);
    EXPECT_EQ(minutes(), Minutes{});
    count(60s);

    EXPECT_EQ(minutes(), Minutes{3});
    EXPECT_EQ(counts.page(0, -1).count, 4);
}

TEST_F(MinuteCountsTest, PutsMinutesWithNothingInFrontOfTheOneThatIsCounted) {
    count(0s, 3);
    count(3min, 2);
    count(4min);

    EXPECT_EQ(minutes(), (Minutes{2, 0, 0, 3})) << "BullMQ's order, odd as it is";
}

TEST_F(MinuteCountsTest, KeepsAsManyMinutesAsAskedFor) {
    for (int minute = 0; minute < 6; ++minute)
        count(minute * 1min, minute + 1, 3);

    EXPECT_EQ(minutes(), (Minutes{5, 4, 3}));
}

TEST_F(MinuteCountsTest, KeepsNoMoreMinutesThanAskedForAfterALongPause) {
    count(0s, 3, 4);
    count(24h, 1, 4);

    EXPECT_EQ(minutes(), (Minutes{0, 0, 0, 3}));
}

TEST_F(MinuteCountsTest, GivesAPageAndSaysHowManyThereAre) {
    for (int minute = 0; minute < 6; ++minute)
        count(minute * 1min, minute + 1);

    EXPECT_EQ(minutes(1, 2), (Minutes{4, 3}));
    EXPECT_EQ(counts.page(1, 2).points, 5u);
    EXPECT_EQ(minutes(-1, -1), Minutes{1});
}

}  // namespace
}  // namespace toril::memory

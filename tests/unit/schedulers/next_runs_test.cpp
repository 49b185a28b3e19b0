#include <toril/scheduler.hpp>

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace toril {
namespace {

constexpr Timestamp noon{1'800'014'400'000ms};  // 2027-01-15 12:00:00 UTC

std::vector<Timestamp> runs(const Repeat& repeat, std::size_t count = 3, Timestamp from = noon) {
    const auto found = next_runs(repeat, count, from);
    EXPECT_TRUE(found) << found.error().message();
    return found ? *found : std::vector<Timestamp>{};
}

ErrorCode refusal(const Repeat& repeat, Timestamp from = noon) {
    const auto found = next_runs(repeat, 1, from);
    return found ? ErrorCode::failed : found.error().code();
}

TEST(NextRunsTest, CountsIntervalsFromMultiplesAndTheOffset) {
    EXPECT_EQ(runs({.every = 1h}), (std::vector{noon + 1h, noon + 2h, noon + 3h}));
    EXPECT_EQ(runs({.every = 1h, .offset = 15min}),
              (std::vector{noon + 15min, noon + 75min, noon + 135min}));
    EXPECT_EQ(runs({.every = 1h, .offset = 0ms}, 1, noon + 1ms), (std::vector{noon + 1h}));
}

TEST(NextRunsTest, BeginsAtTheStartAndEndsAtTheEndOrTheLimit) {
    EXPECT_EQ(runs({.every = 1h, .start_date = noon + 10min}, 2),
              (std::vector{noon + 10min, noon + 70min}));
    EXPECT_EQ(runs({.every = 1h, .end_date = noon + 2h}, 5), (std::vector{noon + 1h, noon + 2h}));
    EXPECT_EQ(runs({.every = 1h, .limit = 1}, 5), (std::vector{noon + 1h}));
    EXPECT_EQ(runs({.every = 1h}, 0), std::vector<Timestamp>{});
    EXPECT_EQ(runs({.pattern = "0 0 * * *", .end_date = noon + 1h}), std::vector<Timestamp>{});
}

TEST(NextRunsTest, FollowsAPatternInItsZone) {
    EXPECT_EQ(runs({.pattern = "0 9 * * *", .tz = "Europe/Berlin"}, 2),
              (std::vector{noon + 20h, noon + 44h}));
    EXPECT_EQ(runs({.pattern = "*/30 * * * * *"}, 2), (std::vector{noon + 30s, noon + 1min}));
    EXPECT_EQ(runs({.pattern = "0 * * * *", .start_date = noon + 5h}, 1), (std::vector{noon + 6h}));
    EXPECT_EQ(runs({.pattern = "0 0 * * *", .immediately = true}, 2),
              (std::vector{noon, noon + 12h}));
}

TEST(NextRunsTest, RefusesASchedulerThatContradictsItself) {
    EXPECT_EQ(refusal({}), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal({.every = 1h, .pattern = "* * * * *"}), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal({.every = -1ms}), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal({.every = 1h, .tz = "Europe/Berlin"}), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal({.every = 1h, .offset = 1h}), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal({.every = 1h, .offset = -1ms}), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal({.pattern = "* * * * *", .offset = 1ms}), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal({.pattern = "no pattern"}), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal({.pattern = "* * * * *", .tz = "Nowhere"}), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal({.pattern = "* * * * *", .start_date = noon + 1h, .immediately = true}),
              ErrorCode::invalid_argument);
    EXPECT_EQ(refusal({.every = 1h, .end_date = noon}), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal({.every = 1h, .start_date = noon + 2h, .end_date = noon + 1h}),
              ErrorCode::invalid_argument);
    EXPECT_EQ(refusal({.every = 1h, .limit = -1}), ErrorCode::invalid_argument);
    EXPECT_EQ(next_runs({.every = 1h}, 1'001, noon).error().code(), ErrorCode::invalid_argument);
}

TEST(NextRunsTest, AreCountedFromNowWhenNothingElseIsSaid) {
    const auto found = next_runs({.every = 1h}, 1);

    ASSERT_TRUE(found);
    EXPECT_GT(found->at(0), noon - 24h * 365);
}

}  // namespace
}  // namespace toril

#include "base/backoff.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace toril::base {
namespace {

TEST(BackoffTest, IsNoWaitWhenNoneIsAskedFor) {
    EXPECT_EQ(backoff_delay({}, 1, 0.5), 0ms);
}

TEST(BackoffTest, IsTheSameEachTimeWhenFixed) {
    const Backoff fixed{.kind = Backoff::Kind::fixed, .delay = 700ms};

    EXPECT_EQ(backoff_delay(fixed, 1, 0), 700ms);
    EXPECT_EQ(backoff_delay(fixed, 9, 0), 700ms);
}

TEST(BackoffTest, DoublesFromAttemptToAttemptWhenExponential) {
    const Backoff exponential{.kind = Backoff::Kind::exponential, .delay = 2s};

    EXPECT_EQ(backoff_delay(exponential, 1, 0), 2s);
    EXPECT_EQ(backoff_delay(exponential, 2, 0), 4s);
    EXPECT_EQ(backoff_delay(exponential, 3, 0), 8s);
}

TEST(BackoffTest, StopsGrowingAtAYear) {
    const Backoff exponential{.kind = Backoff::Kind::exponential, .delay = 2s};

    EXPECT_EQ(backoff_delay(exponential, 1000, 0), backoff_max);
}

TEST(BackoffTest, TakesJitterOffTheDelayAndNeverAddsToIt) {
    const Backoff half{.kind = Backoff::Kind::fixed, .delay = 1000ms, .jitter = 0.5};

    EXPECT_EQ(backoff_delay(half, 1, 0.0), 500ms);
    EXPECT_EQ(backoff_delay(half, 1, 0.5), 750ms);
    EXPECT_EQ(backoff_delay(half, 1, 0.9999), 999ms);
}

}  // namespace
}  // namespace toril::base

#include "throttle/scout.hpp"

#include "support/signal.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace toril::throttle {
namespace {

TEST(Scout, LooksUntilTheStoreIsBackAndThenNoMore) {
    const auto away = std::make_shared<AwaySignal>();
    support::Signal looks;
    const Scout scout(away, [&] {
        looks.raise();
        return looks.count() % 2 == 0;  // back at each second look
    });

    away->raise();
    ASSERT_TRUE(looks.wait(2));
    away->raise();
    ASSERT_TRUE(looks.wait(4));
    EXPECT_EQ(looks.count(), 4u);
}

TEST(Scout, EndsWhileTheStoreIsAway) {
    const auto away = std::make_shared<AwaySignal>();
    support::Signal looks;
    {
        const Scout scout(away, [&] {
            looks.raise();
            return false;
        });
        away->raise();
        ASSERT_TRUE(looks.wait());
    }
    away->raise();  // a late answer
    EXPECT_FALSE(away->wait());
}

}  // namespace
}  // namespace toril::throttle

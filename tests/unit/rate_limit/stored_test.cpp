// How a state is kept as bytes.

#include "base/rate_limit.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace toril::base {
namespace {

TEST(RateStoredTest, IsReadAsItWasWritten) {
    for (const RateShape shape : {RateShape::sliding, RateShape::gcra, RateShape::fixed}) {
        const RateRule rule{.shape = shape, .max = 1'000'000'000, .per = 366 * 24h};
        RateState state;
        rate_take(rule, state, 1'763'745'000'123'457us, 999'999'999);
        rate_take(rule, state, 1'763'745'000'123'457us + 30 * 24h, 1);

        EXPECT_EQ(rate_decode(rate_encode(state)), state);
    }
}

TEST(RateStoredTest, HasItsBytesInAKnownOrder) {
    const RateState state{
        .mark = 0x0102030405, .per = Micros{0x0a0b0c}, .shape = RateShape::gcra, .counts = {0x11}};

    EXPECT_EQ(rate_encode(state),
              std::string("\x01\x0c\x0b\x0a\0\0\0\0\0\x05\x04\x03\x02\x01\0\0\0\x11\0\0\0", 21));
}

TEST(RateStoredTest, IsRefusedWhenItIsNone) {
    const std::string good =
        rate_encode({.mark = 5, .per = Micros{1'000}, .shape = RateShape::fixed, .counts = {3}});
    ASSERT_TRUE(rate_decode(good));

    EXPECT_FALSE(rate_decode(""));
    EXPECT_FALSE(rate_decode(good + "x"));
    EXPECT_FALSE(rate_decode(good.substr(0, 20)));
    EXPECT_FALSE(rate_decode("\x03" + good.substr(1))) << "no such shape";
    EXPECT_FALSE(rate_decode(std::string(1, '\2') + std::string(20, '\0'))) << "per is 0";
    EXPECT_FALSE(rate_decode(std::string(1, '\2') + std::string(20, '\xff'))) << "per is negative";
}

}  // namespace
}  // namespace toril::base

#include "collapser.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace toril::cli {
namespace {

constexpr Timestamp start{Millis{1'700'000'000'000}};

TEST(CollapserTest, PrintsTheFirstOfEachWindowAndCountsTheRest) {
    Collapser collapser(2, 1s);

    EXPECT_TRUE(collapser.admit("a", start));
    EXPECT_TRUE(collapser.admit("a", start));
    EXPECT_FALSE(collapser.admit("a", start + 1ms));
    EXPECT_FALSE(collapser.admit("a", start + 2ms));
    EXPECT_TRUE(collapser.take_rests(start + 999ms).empty());

    const std::vector<Collapser::Rest> rests = collapser.take_rests(start + 1s);
    ASSERT_EQ(rests.size(), 1u);
    EXPECT_EQ(rests[0].key, "a");
    EXPECT_EQ(rests[0].count, 2u);
    EXPECT_EQ(rests[0].during, 1s);
    EXPECT_TRUE(collapser.admit("a", start + 1s));
}

TEST(CollapserTest, TreatsEachKeyByItself) {
    Collapser collapser(1, 1s);

    EXPECT_TRUE(collapser.admit("a", start));
    EXPECT_TRUE(collapser.admit("b", start));
    EXPECT_FALSE(collapser.admit("a", start));
}

TEST(CollapserTest, LosesNoneWhenTheyComeSlowly) {
    Collapser collapser(1, 1s);

    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(collapser.admit("a", start + i * 1s));
    EXPECT_TRUE(collapser.take_rests(start + 10s, true).empty());
}

TEST(CollapserTest, TellsAtTheEndWhatAnOpenWindowLeftOut) {
    Collapser collapser(1, 1s);
    collapser.admit("a", start);
    collapser.admit("a", start);

    EXPECT_TRUE(collapser.take_rests(start).empty());
    EXPECT_EQ(collapser.take_rests(start, true).size(), 1u);
    EXPECT_TRUE(collapser.take_rests(start, true).empty());
}

}  // namespace
}  // namespace toril::cli

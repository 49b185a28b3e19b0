#include "cache/marks.hpp"

#include <gtest/gtest.h>

#include <string>

namespace toril::cache {
namespace {

using contract::CacheGeneration;
using contract::CacheMark;

CacheMark tag(const std::string& text, std::uint64_t number = 0) {
    return {.kind = CacheMark::Kind::tag, .text = text, .number = number};
}
CacheMark pattern(const std::string& text, std::uint64_t number = 0) {
    return {.kind = CacheMark::Kind::pattern, .text = text, .number = number};
}

class MarksTest : public testing::Test {
protected:
    void add(const CacheMark& mark) { marks.add(mark, {}); }
    static void fill(CacheValue::Block& block, std::uint64_t since) {
        block.tags = {"t"};
        block.generation = since;
        block.valid_at = since;
    }
    // Whether what was asked for at `since` is valid, with the tag `t`.
    bool is_valid(std::uint64_t since, const std::string& key = "k") const {
        CacheValue::Block block;
        fill(block, since);
        return marks.is_valid(key, block);
    }

    Marks marks{};
};

TEST_F(MarksTest, VoidWhatWasAskedForBeforeAndNotAfter) {
    const std::uint64_t before = marks.latest();
    add(tag("t"));

    EXPECT_FALSE(is_valid(before));
    EXPECT_TRUE(is_valid(marks.latest()));
}

TEST_F(MarksTest, LeaveOtherTagsAndKeysAlone) {
    const std::uint64_t before = marks.latest();
    add(tag("u"));
    add(pattern("other:*"));

    EXPECT_TRUE(is_valid(before));
    EXPECT_FALSE(is_valid(before, "other:1"));
}

TEST_F(MarksTest, ABlockThatWasFoundValidIsLookedAtAgainOnlyAfterAnotherMark) {
    CacheValue::Block block;
    fill(block, marks.latest());
    add(tag("u"));

    EXPECT_TRUE(marks.is_valid("k", block));
    EXPECT_EQ(block.valid_at, marks.latest());
    add(pattern("k"));
    EXPECT_FALSE(marks.is_valid("k", block));
}

TEST_F(MarksTest, ForgetAllVoidsAllThatWasAskedFor) {
    const std::uint64_t before = marks.latest();
    marks.forget_all();

    EXPECT_FALSE(is_valid(before));
    EXPECT_TRUE(is_valid(marks.latest()));
}

TEST_F(MarksTest, AMarkOfTheStoreIsTakenOnce) {
    const CacheGeneration now{"life-one", 7};
    EXPECT_TRUE(marks.add(tag("t", 7), now));
    const std::uint64_t since = marks.latest();

    EXPECT_FALSE(marks.add(tag("t", 7), now));
    EXPECT_TRUE(is_valid(since));
    EXPECT_TRUE(marks.add(tag("t", 8), {"life-one", 8}));
    EXPECT_FALSE(is_valid(since));
}

TEST_F(MarksTest, PatternsAreTakenOnceToo) {
    EXPECT_TRUE(marks.add(pattern("k*", 3), {"life-one", 3}));
    const std::uint64_t since = marks.latest();

    EXPECT_FALSE(marks.add(pattern("k*", 3), {"life-one", 3}));
    EXPECT_TRUE(is_valid(since));
    EXPECT_TRUE(marks.add(pattern("k*", 4), {"life-one", 4}));
    EXPECT_FALSE(is_valid(since));
}

TEST_F(MarksTest, T11AnotherLifeOfTheStoresMarksVoidsAll) {
    marks.meet({"life-one", 7});
    const std::uint64_t since = marks.latest();
    marks.meet({"life-one", 7});
    EXPECT_TRUE(is_valid(since));

    marks.meet({"life-two", 0});

    EXPECT_FALSE(is_valid(since));
    EXPECT_TRUE(marks.add(tag("t", 1), {"life-two", 1}));
}

// Fail closed: what is forgotten counts as hit.
TEST_F(MarksTest, T11BeyondTheLimitTheOlderHalfIsForgottenAndWhatIsAsOldIsVoid) {
    const std::uint64_t before = marks.latest();
    std::vector<std::uint64_t> since;
    for (std::size_t i = 0; i < contract::cache_marks_max; ++i) {
        add(tag("tag" + std::to_string(i)));
        since.push_back(marks.latest());
    }

    EXPECT_FALSE(is_valid(before));
    EXPECT_FALSE(is_valid(since[contract::cache_marks_max / 4]));
    EXPECT_TRUE(is_valid(since.back()));
    EXPECT_TRUE(is_valid(since[since.size() - 100]));
}

TEST_F(MarksTest, T11ForgottenPatternsVoidWhatIsAsOldAsThey) {
    const std::uint64_t before = marks.latest();
    for (std::size_t i = 0; i <= contract::cache_patterns_max; ++i)
        add(pattern("other:" + std::to_string(i)));

    EXPECT_FALSE(is_valid(before));
    EXPECT_TRUE(is_valid(marks.latest()));
}

TEST_F(MarksTest, TheSamePatternAgainTakesNoSpace) {
    const std::uint64_t before = marks.latest();
    for (std::size_t i = 0; i < 10 * contract::cache_patterns_max; ++i)
        add(pattern("other:*"));

    EXPECT_TRUE(is_valid(before));
}

}  // namespace
}  // namespace toril::cache

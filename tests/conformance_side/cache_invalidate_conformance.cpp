// Tags, patterns and all: by numbers, and never less than was asked for.

#include "conformance_side/cache_fixture.hpp"

namespace toril::conformance {
namespace {

TORIL_CACHE_SUITE(CacheInvalidation);

TEST_P(CacheInvalidation, OfATagHidesWhatCarriesIt) {
    set("a", entry("apple", {"fruit", "red"}));
    set("b", entry("banana", {"fruit"}));
    set("c", entry("car", {"red"}));
    invalidate_tag("red");

    EXPECT_EQ(value_of("a"), "(none)");
    EXPECT_EQ(value_of("b"), "banana");
    EXPECT_EQ(value_of("c"), "(none)");
}

TEST_P(CacheInvalidation, HidesWhatIsStaleToo) {
    set("a", entry("apple", {"fruit"}));
    pass_time(2min);
    invalidate_tag("fruit");

    EXPECT_EQ(value_of("a"), "(none)");
}

TEST_P(CacheInvalidation, LetsWhatItHidesBeLentAndSetAgain) {
    set("a", entry("apple", {"fruit"}));
    invalidate_tag("fruit");

    const auto loan = borrow("a");
    ASSERT_TRUE(loan);
    EXPECT_TRUE(fill("a", *loan, entry("apple 2", {"fruit"})));
    EXPECT_EQ(value_of("a"), "apple 2");
    invalidate_tag("fruit");
    EXPECT_EQ(value_of("a"), "(none)");
    set("a", entry("apple 3", {"fruit"}));
    EXPECT_EQ(value_of("a"), "apple 3");
}

TEST_P(CacheInvalidation, OfAPatternHidesTheKeysThatItDescribes) {
    for (const char* key : {"list:1", "list:22", "lists", "item:1", "a*b", "acb"})
        set(key, entry("x"));
    invalidate_pattern("list:*");
    EXPECT_EQ(value_of("list:1"), "(none)");
    EXPECT_EQ(value_of("list:22"), "(none)");
    EXPECT_EQ(value_of("lists"), "x");

    invalidate_pattern("i*m:?");
    EXPECT_EQ(value_of("item:1"), "(none)");

    invalidate_pattern("a\\*b");
    EXPECT_EQ(value_of("a*b"), "(none)");
    EXPECT_EQ(value_of("acb"), "x");
    EXPECT_EQ(value_of("lists"), "x");
}

TEST_P(CacheInvalidation, OfAPatternThatIsHardToMatchEndsSoon) {
    const std::string key(400, 'a');
    set(key, entry("x"));
    std::string hard;
    for (int i = 0; i < 100; ++i)
        hard += "a*";
    invalidate_pattern(hard + "b");
    EXPECT_EQ(value_of(key), "x");

    invalidate_pattern(hard);
    EXPECT_EQ(value_of(key), "(none)");
}

TEST_P(CacheInvalidation, OfAllHidesAll) {
    set("a", entry("apple", {"fruit"}));
    set("b", entry("banana"));
    invalidate_all();

    EXPECT_EQ(value_of("a"), "(none)");
    EXPECT_EQ(value_of("b"), "(none)");
    set("a", entry("apple", {"fruit"}));
    EXPECT_EQ(value_of("a"), "apple");
}

TEST_P(CacheInvalidation, GivesEachMarkTheNextNumber) {
    const CacheGeneration before = read({"a"}).generation;
    const CacheGeneration after = invalidate({tag("x"), pattern("y*"), tag("z")});

    EXPECT_EQ(after.incarnation, before.incarnation);
    EXPECT_EQ(after.number, before.number + 3);
    EXPECT_EQ(read({"a"}).generation, after);
    EXPECT_EQ(invalidate_all().number, after.number + 1);
}

TEST_P(CacheInvalidation, OfSomethingElseLetsALoadBeStored) {
    const auto loan = borrow("a");
    ASSERT_TRUE(loan);
    invalidate({tag("cars"), pattern("b*")});

    EXPECT_TRUE(fill("a", *loan, entry("apple", {"fruit"})));
    EXPECT_EQ(value_of("a"), "apple");
    EXPECT_EQ(look("a").entry->generation, loan->generation);
}

TEST_P(CacheInvalidation, HidesWhatWasLoadedBeforeItAndStoredAfterAnother) {
    const auto loan = borrow("a");
    ASSERT_TRUE(loan);
    invalidate_tag("cars");
    ASSERT_TRUE(fill("a", *loan, entry("apple", {"fruit"})));
    invalidate_tag("fruit");

    EXPECT_EQ(value_of("a"), "(none)");
}

TEST_P(CacheInvalidation, OfAPatternAgainCountsAnew) {
    invalidate_pattern("a*");
    set("a", entry("apple"));
    invalidate_tag("other");
    EXPECT_EQ(value_of("a"), "apple");
    invalidate_pattern("a*");

    EXPECT_EQ(value_of("a"), "(none)");
}

TEST_P(CacheInvalidation, OfMoreTagsThanAreRememberedForgetsTheOldestWithWhatIsAsOld) {
    set("old", entry("x", {"unrelated"}));
    set("hit", entry("x", {"tag-0"}));
    std::vector<CacheMark> marks;
    for (std::size_t i = 0; i < contract::cache_marks_max + 1; ++i)
        marks.push_back(tag("tag-" + std::to_string(i)));
    const std::size_t most = marks.size() - 1;
    for (std::size_t from = 0; from < most; from += 512)
        invalidate({marks.begin() + static_cast<std::ptrdiff_t>(from),
                    marks.begin() + static_cast<std::ptrdiff_t>(std::min(from + 512, most))});
    set("new", entry("x", {"tag-" + std::to_string(most)}));
    set("other", entry("x", {"unrelated"}));
    EXPECT_EQ(value_of("hit"), "(none)");
    invalidate({marks.back()});

    EXPECT_EQ(value_of("hit"), "(none)") << "its mark is forgotten";
    EXPECT_EQ(value_of("old"), "(none)") << "as old as the forgotten";
    EXPECT_EQ(value_of("new"), "(none)") << "the newest mark stands";
    EXPECT_EQ(value_of("other"), "x") << "younger than all that was forgotten";
}

TEST_P(CacheInvalidation, OfMorePatternsThanAreRememberedForgetsTheOldestWithWhatIsAsOld) {
    set("p0", entry("x"));
    set("old", entry("x"));
    for (std::size_t i = 0; i < contract::cache_patterns_max; ++i)
        invalidate_pattern("p" + std::to_string(i) + "*");
    set("young", entry("x"));
    EXPECT_EQ(value_of("old"), "x");
    invalidate_pattern("p-last*");

    EXPECT_EQ(value_of("p0"), "(none)");
    EXPECT_EQ(value_of("old"), "(none)") << "as old as the forgotten";
    EXPECT_EQ(value_of("young"), "x");
    invalidate_pattern("y*");
    EXPECT_EQ(value_of("young"), "(none)");
}

}  // namespace
}  // namespace toril::conformance

// One at a time is lent a key that is to be loaded.

#include "conformance_side/cache_fixture.hpp"

namespace toril::conformance {
namespace {

TORIL_CACHE_SUITE(CacheLease);

TEST_P(CacheLease, GoesToOneOfTwo) {
    EXPECT_TRUE(borrow("a"));

    const CacheFound found = read({"a"}, 30s, "another").found[0];
    EXPECT_FALSE(found.leased);
    EXPECT_GT(found.lease_left, 0ms);
    EXPECT_LE(found.lease_left, 30s);
}

TEST_P(CacheLease, IsSeenByWhoDoesNotAskForOne) {
    ASSERT_TRUE(borrow("a"));

    EXPECT_GT(look("a").lease_left, 0ms);
    EXPECT_EQ(look("b").lease_left, 0ms);
}

TEST_P(CacheLease, IsStillHeldByWhoAsksAgain) {
    EXPECT_TRUE(read({"a"}, 30s, "mine").found[0].leased);
    EXPECT_TRUE(read({"a"}, 30s, "mine").found[0].leased);
}

TEST_P(CacheLease, IsOfOneKey) {
    ASSERT_TRUE(borrow("a"));

    EXPECT_TRUE(borrow("b"));
}

TEST_P(CacheLease, IsNotGivenForAFreshEntry) {
    set("a", entry("apple"));

    EXPECT_FALSE(borrow("a"));
}

TEST_P(CacheLease, IsGivenForAFreshEntryWhoseEndIsNearWhenThatIsAskedFor) {
    set("a", entry("apple"));
    const auto ask = [&](Millis ahead, const std::string& token) {
        return base::wait_for_answer<Result<CacheAnswer>>(15s, [&](auto done) {
            store->get({.cache = cache,
                        .keys = {"a"},
                        .lease = 30s,
                        .token = token,
                        .ahead = ahead,
                        .timeout = 10s,
                        .now = now()},
                       std::move(done));
        });
    };
    EXPECT_FALSE(ask(10s, "one")->found[0].leased);
    pass_time(55s);

    const auto lent = ask(10s, "two");
    EXPECT_TRUE(lent->found[0].leased);
    ASSERT_TRUE(lent->found[0].entry);
    EXPECT_GT(lent->found[0].entry->fresh_for, 0ms);
    EXPECT_FALSE(ask(10s, "three")->found[0].leased);
    EXPECT_TRUE(fill("a", {"two", lent->generation}, entry("apple 2")));
}

TEST_P(CacheLease, IsGivenForAStaleEntryThatIsServedMeanwhile) {
    set("a", entry("apple"));
    pass_time(2min);

    EXPECT_TRUE(borrow("a"));
    const CacheFound found = look("a");
    ASSERT_TRUE(found.entry);
    EXPECT_EQ(found.entry->value, "apple");
    EXPECT_GT(found.lease_left, 0ms);
}

TEST_P(CacheLease, EndsByItself) {
    const auto first = borrow("a", 10s);
    ASSERT_TRUE(first);
    pass_time(11s);

    EXPECT_EQ(look("a").lease_left, 0ms);
    EXPECT_TRUE(borrow("a"));
    EXPECT_FALSE(fill("a", *first, entry("late")));
}

TEST_P(CacheLease, CanBeGivenBackForTheNext) {
    const auto first = borrow("a");
    ASSERT_TRUE(first);
    store->give_back(cache, "a", first->token);

    EXPECT_TRUE(borrow("a"));
}

TEST_P(CacheLease, IsNotGivenBackByAnother) {
    ASSERT_TRUE(borrow("a"));
    store->give_back(cache, "a", "not the token");

    EXPECT_FALSE(borrow("a"));
}

TEST_P(CacheLease, EndsWithTheValueThatWasLoaded) {
    const auto loan = borrow("a");
    ASSERT_TRUE(loan);

    EXPECT_TRUE(fill("a", *loan, entry("apple", {"fruit"})));
    const CacheFound found = look("a");
    ASSERT_TRUE(found.entry);
    EXPECT_EQ(found.entry->value, "apple");
    EXPECT_EQ(found.entry->generation, loan->generation);
    EXPECT_EQ(found.lease_left, 0ms);
    EXPECT_FALSE(fill("a", *loan, entry("again")));
    EXPECT_EQ(value_of("a"), "apple");
}

TEST_P(CacheLease, FillsThePlaceOfAStaleEntry) {
    set("a", entry("old"));
    pass_time(2min);
    const auto loan = borrow("a");
    ASSERT_TRUE(loan);

    EXPECT_TRUE(fill("a", *loan, entry("new")));
    EXPECT_EQ(value_of("a"), "new");
    EXPECT_TRUE(is_fresh("a"));
}

TEST_P(CacheLease, LetsNobodyElseFill) {
    const auto loan = borrow("a");
    ASSERT_TRUE(loan);

    EXPECT_FALSE(fill("a", {"not the token", loan->generation}, entry("apple")));
    EXPECT_EQ(value_of("a"), "(none)");
    EXPECT_TRUE(fill("a", *loan, entry("apple")));
}

TEST_P(CacheLease, IsEndedByARemoval) {
    const auto loan = borrow("a");
    ASSERT_TRUE(loan);
    remove({"a"});

    EXPECT_FALSE(fill("a", *loan, entry("apple")));
    EXPECT_EQ(value_of("a"), "(none)");
    EXPECT_TRUE(borrow("a"));
}

TEST_P(CacheLease, IsEndedByAnExpiry) {
    set("a", entry("old"));
    pass_time(2min);
    const auto loan = borrow("a");
    ASSERT_TRUE(loan);
    expire({"a"});

    EXPECT_FALSE(fill("a", *loan, entry("new")));
    EXPECT_EQ(value_of("a"), "old");
    EXPECT_TRUE(borrow("a"));
}

TEST_P(CacheLease, IsEndedByAValueThatIsSetWithoutOne) {
    const auto loan = borrow("a");
    ASSERT_TRUE(loan);
    set("a", entry("set"));

    EXPECT_FALSE(fill("a", *loan, entry("loaded")));
    EXPECT_EQ(value_of("a"), "set");
    EXPECT_EQ(look("a").lease_left, 0ms);
}

TEST_P(CacheLease, StoresNothingWhoseTagWasInvalidatedMeanwhile) {
    const auto loan = borrow("a");
    ASSERT_TRUE(loan);
    invalidate_tag("fruit");

    EXPECT_FALSE(fill("a", *loan, entry("apple", {"fruit"})));
    EXPECT_EQ(value_of("a"), "(none)");
    EXPECT_TRUE(borrow("a")) << "the refusal ends the lease";
}

TEST_P(CacheLease, StoresNothingWhoseKeyAPatternDescribedMeanwhile) {
    const auto loan = borrow("apple:1");
    ASSERT_TRUE(loan);
    invalidate_pattern("apple:*");

    EXPECT_FALSE(fill("apple:1", *loan, entry("apple")));
}

TEST_P(CacheLease, StoresNothingWhenAllWasInvalidatedMeanwhile) {
    const auto loan = borrow("a");
    ASSERT_TRUE(loan);
    invalidate_all();

    EXPECT_FALSE(fill("a", *loan, entry("apple")));
}

TEST_P(CacheLease, StoresNothingOfAnotherLifeOfTheMarks) {
    const auto loan = borrow("a");
    ASSERT_TRUE(loan);

    EXPECT_FALSE(fill("a", {loan->token, {"0123456789abcdef", 0}}, entry("apple")));
}

}  // namespace
}  // namespace toril::conformance

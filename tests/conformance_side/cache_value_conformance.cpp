// What is stored comes back as it was, for as long as it was said.

#include "conformance_side/cache_fixture.hpp"

namespace toril::conformance {
namespace {

TORIL_CACHE_SUITE(CacheValue);

TEST_P(CacheValue, ThatIsNotThereIsAMissAndIsNotLentUnasked) {
    const CacheFound found = look("a");

    EXPECT_FALSE(found.entry);
    EXPECT_FALSE(found.leased);
    EXPECT_EQ(found.lease_left, 0ms);
    EXPECT_FALSE(found.unreadable);
}

TEST_P(CacheValue, ComesBackAsItWasSet) {
    set("a", entry("apple", {"fruit", "red"}));

    const CacheAnswer answer = read({"a"});
    ASSERT_TRUE(answer.found[0].entry);
    const CacheEntry& found = *answer.found[0].entry;
    EXPECT_EQ(found.value, "apple");
    EXPECT_EQ(found.tags, (std::vector<std::string>{"fruit", "red"}));
    EXPECT_FALSE(found.negative);
    EXPECT_EQ(found.load_time, 7ms);
    EXPECT_EQ(found.generation, answer.generation);
    EXPECT_GT(found.fresh_for, 0ms);
    EXPECT_LE(found.fresh_for, 1min);
    EXPECT_GT(found.kept_for, 59min);
    EXPECT_LE(found.kept_for, 1h);
}

TEST_P(CacheValue, CanBeEmpty) {
    set("a", entry(""));

    EXPECT_EQ(value_of("a"), "");
    EXPECT_FALSE(look("a").entry->negative);
}

TEST_P(CacheValue, CanBeThatThereIsNothing) {
    CacheEntry nothing = entry("");
    nothing.negative = true;
    set("a", nothing);

    ASSERT_TRUE(look("a").entry);
    EXPECT_TRUE(look("a").entry->negative);
}

TEST_P(CacheValue, AndKeyMayHoldAnyBytes) {
    std::string all;
    for (int i = 0; i < 256; ++i)
        all += static_cast<char>(i);
    const std::string other_key = all + std::string(1, '\0');
    const std::vector<std::string> tags{all.substr(0, 128), all.substr(128)};
    set(all, entry(all + all, tags));

    EXPECT_EQ(value_of(all), all + all);
    EXPECT_EQ(look(all).entry->tags, tags);
    EXPECT_EQ(value_of(other_key), "(none)");
    invalidate_tag(tags[0]);
    EXPECT_EQ(value_of(all), "(none)");
}

TEST_P(CacheValue, TakesThePlaceOfTheOneBefore) {
    set("a", entry("old", {"fruit"}));
    set("a", entry("new"));

    EXPECT_EQ(value_of("a"), "new");
    EXPECT_TRUE(look("a").entry->tags.empty());
}

TEST_P(CacheValue, IsFreshThenStaleThenGone) {
    set("a", entry("apple"));
    EXPECT_TRUE(is_fresh("a"));

    pass_time(1min + 1s);
    EXPECT_FALSE(is_fresh("a"));
    EXPECT_EQ(value_of("a"), "apple");

    pass_time(1h);
    EXPECT_EQ(value_of("a"), "(none)");
}

TEST_P(CacheValue, ThatIsStoredStaleIsStale) {
    CacheEntry stale = entry("apple");
    stale.fresh_for = 0ms;
    set("a", stale);

    EXPECT_EQ(value_of("a"), "apple");
    EXPECT_FALSE(is_fresh("a"));
}

TEST_P(CacheValue, BelongsToOneCache) {
    set("a", entry("apple", {"fruit"}));
    cache = "people";
    EXPECT_EQ(value_of("a"), "(none)");
    invalidate_tag("fruit");
    remove({"a"});

    cache = "tasks";
    EXPECT_EQ(value_of("a"), "apple");
}

TEST_P(CacheValue, IsFoundForEachOfManyKeysInTheirOrder) {
    std::vector<std::string> keys;
    for (int i = 0; i < 2'500; ++i)
        keys.push_back("key-" + std::to_string(i));
    for (const std::size_t i : {0u, 999u, 1'000u, 2'499u})
        set(keys[i], entry("value of " + keys[i]));

    const CacheAnswer answer = read(keys);
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const bool is_set = i == 0 || i == 999 || i == 1'000 || i == 2'499;
        ASSERT_EQ(answer.found[i].entry.has_value(), is_set) << keys[i];
        if (!is_set) continue;
        EXPECT_EQ(answer.found[i].entry->value, "value of " + keys[i]);
    }
}

TEST_P(CacheValue, NeedNotBeAskedForToLearnTheGeneration) {
    const CacheGeneration before = read({}).generation;

    EXPECT_EQ(invalidate_tag("fruit").number, before.number + 1);
}

TEST_P(CacheValue, IsFoundAsOftenAsItsKeyIsNamed) {
    set("a", entry("apple"));

    const CacheAnswer answer = read({"a", "b", "a"});
    EXPECT_TRUE(answer.found[0].entry);
    EXPECT_FALSE(answer.found[1].entry);
    EXPECT_TRUE(answer.found[2].entry);
}

TEST_P(CacheValue, OfTheLargestSizeIsKeptAndALargerOneRefused) {
    std::string large(contract::cache_value_bytes_max, 'x');
    large.back() = 'y';
    set("a", entry(large));
    EXPECT_EQ(value_of("a"), large);

    const Result<bool> stored = try_set("a", entry(large + "z"));
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error().code(), ErrorCode::limit_reached);
    EXPECT_EQ(value_of("a"), large);
}

TEST_P(CacheValue, IsSeenByEachStoreObject) {
    set("a", entry("apple"));
    const auto mine = std::exchange(store, place.open());

    EXPECT_EQ(value_of("a"), "apple");
    mine->close(5s);
}

TEST_P(CacheValue, IsGoneWhenItIsRemoved) {
    set("a", entry("apple"));
    set("b", entry("banana"));

    EXPECT_EQ(remove({"a", "c"}), 1u);
    EXPECT_EQ(value_of("a"), "(none)");
    EXPECT_EQ(value_of("b"), "banana");
    EXPECT_EQ(remove({"a"}), 0u);
}

TEST_P(CacheValue, IsGoneWhenItIsRemovedThoughItWasStale) {
    set("a", entry("apple"));
    pass_time(2min);

    EXPECT_EQ(remove({"a"}), 1u);
    EXPECT_EQ(value_of("a"), "(none)");
}

TEST_P(CacheValue, ThatExpiredIsStaleForAsLongAsItWouldHaveBeenKept) {
    set("a", entry("apple"));

    EXPECT_EQ(expire({"a", "b"}), 1u);
    EXPECT_FALSE(is_fresh("a"));
    EXPECT_EQ(value_of("a"), "apple");
    pass_time(59min);
    EXPECT_EQ(value_of("a"), "apple");
    pass_time(2min);
    EXPECT_EQ(value_of("a"), "(none)");
}

TEST_P(CacheValue, ThatExpiredIsFreshWhenItIsSetAgain) {
    set("a", entry("apple"));
    expire({"a"});
    set("a", entry("apple"));

    EXPECT_TRUE(is_fresh("a"));
}

}  // namespace
}  // namespace toril::conformance

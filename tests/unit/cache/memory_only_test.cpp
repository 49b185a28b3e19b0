// A cache of one process: what a user of `memory:` has.

#include "unit/cache/world.hpp"

using namespace std::chrono_literals;

namespace toril::cache {
namespace {

class MemoryOnlyTest : public CacheTest {
protected:
    Process cache = alone(options());
};

TEST_F(MemoryOnlyTest, WhatWasSetIsFound) {
    EXPECT_EQ(cache.get("task:1"), "(none)");

    cache.set("task:1", "one");

    EXPECT_EQ(cache.get("task:1"), "one");
    EXPECT_EQ(cache.get("task:2"), "(none)");
}

TEST_F(MemoryOnlyTest, ALoadedValueIsFoundByTheNextAndNotLoadedAgain) {
    EXPECT_EQ(cache.load("k", "first"), "first");
    EXPECT_EQ(cache.load("k", "second"), "first");
    EXPECT_EQ(cache->stats().loads, 1u);
}

// The studied systems take these for "nothing there" and load each time.
TEST_F(MemoryOnlyTest, FalsyValuesAreHits) {
    for (const std::string value : {"", "0", "false", "null"}) {
        const std::string key = "key:" + value;
        cache.load(key, value);
        EXPECT_EQ(cache.load(key, "loaded again"), value);
    }
    EXPECT_EQ(cache->stats().loads, 4u);
}

TEST_F(MemoryOnlyTest, T15ThatThereIsNothingIsAHitForATimeOfItsOwn) {
    const CacheLoader nothing = []() -> Result<Loaded> { return Loaded(std::nullopt); };
    EXPECT_EQ(cache.load("k", nothing, {.ttl = 3600s, .negative_ttl = 30s}), "(negative)");
    EXPECT_EQ(cache.get("k"), "(negative)");
    EXPECT_EQ(cache->stats().hits_negative, 1u);

    hand += 30'000;

    EXPECT_EQ(cache.get("k"), "(none)");
}

TEST_F(MemoryOnlyTest, T15WhatIsSetAfterANegativeHitIsSeenAtOnce) {
    cache.set("k", std::nullopt);
    ASSERT_EQ(cache.get("k"), "(negative)");

    cache.set("k", "there now");

    EXPECT_EQ(cache.get("k"), "there now");
}

TEST_F(MemoryOnlyTest, GetManyAnswersInOrder) {
    cache.set("a", "1");
    cache.set("c", "3");
    const std::vector<std::string> keys{"c", "b", "a"};

    const auto found = cache->get_many(keys);

    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 3u);
    EXPECT_EQ((*found)[0]->bytes(), "3");
    EXPECT_FALSE((*found)[1]);
    EXPECT_EQ((*found)[2]->bytes(), "1");
}

TEST_F(MemoryOnlyTest, RemovalSaysWhetherItWasThere) {
    cache.set("k", "v");

    EXPECT_TRUE(*cache->remove("k"));
    EXPECT_FALSE(*cache->remove("k"));
    EXPECT_EQ(cache.get("k"), "(none)");
}

TEST_F(MemoryOnlyTest, ATagTakesItsEntriesAndNoOthers) {
    cache.set("a", "1", {.tags = {"tasks", "user:7"}});
    cache.set("b", "2", {.tags = {"tasks"}});
    cache.set("c", "3");

    cache.invalidate(tag("user:7"));

    EXPECT_EQ(cache.get("a"), "(none)");
    EXPECT_EQ(cache.get("b"), "2");
    EXPECT_EQ(cache.get("c"), "3");

    cache.set("a", "new", {.tags = {"user:7"}});
    EXPECT_EQ(cache.get("a"), "new");
}

TEST_F(MemoryOnlyTest, APatternTakesTheKeysThatMatch) {
    cache.set("tasks:list:1", "1");
    cache.set("tasks:one:1", "2");

    cache.invalidate(pattern("tasks:list:*"));

    EXPECT_EQ(cache.get("tasks:list:1"), "(none)");
    EXPECT_EQ(cache.get("tasks:one:1"), "2");
}

TEST_F(MemoryOnlyTest, ClearTakesAll) {
    cache.set("a", "1");
    cache.invalidate(all());

    EXPECT_EQ(cache.get("a"), "(none)");
    cache.set("a", "2");
    EXPECT_EQ(cache.get("a"), "2");
}

TEST_F(MemoryOnlyTest, ALoaderMayKeepItsValueOutOfTheCache) {
    const CacheLoader once = []() -> Result<Loaded> {
        Loaded loaded("for you");
        loaded.store = false;
        return loaded;
    };
    EXPECT_EQ(cache.load("k", once), "for you");
    EXPECT_EQ(cache.get("k"), "(none)");
}

TEST_F(MemoryOnlyTest, WhatTheLoaderSaysOfKeepingGoesBeforeTheCall) {
    const CacheLoader brief = []() -> Result<Loaded> {
        Loaded loaded("v");
        loaded.policy.ttl = 10s;
        return loaded;
    };
    cache.load("k", brief, {.ttl = 3600s});
    hand += 9'999;
    EXPECT_EQ(cache.get("k"), "v");
    hand += 1;
    EXPECT_EQ(cache.get("k"), "(none)");
}

TEST_F(MemoryOnlyTest, WithoutMemoryEachLoadIsMade) {
    CacheOptions none = options();
    none.memory_bytes_max = 0;
    const Process bare = alone(none);

    EXPECT_EQ(bare.load("k", "1"), "1");
    EXPECT_EQ(bare.load("k", "2"), "2");
    EXPECT_EQ(bare->stats().bytes_max, 0u);
}

TEST_F(MemoryOnlyTest, StatsCountEachReadOnceAndBeginAnewWhenAsked) {
    cache.get("k");
    cache.load("k", "v");
    cache.get("k");
    cache.load("k", "w");

    CacheStats stats = cache->stats();
    EXPECT_EQ(stats.misses, 2u);
    EXPECT_EQ(stats.hits_memory, 2u);
    EXPECT_EQ(stats.hit_rate(), 0.5);
    EXPECT_EQ(stats.entries, 1u);
    EXPECT_GT(stats.bytes, 0u);

    cache->reset_stats();
    stats = cache->stats();
    EXPECT_EQ(stats.hits() + stats.misses + stats.loads, 0u);
    EXPECT_EQ(stats.entries, 1u);
}

}  // namespace
}  // namespace toril::cache

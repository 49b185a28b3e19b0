// The life of an entry: fresh, loaded ahead, stale, gone. T21, T22.

#include "cache/blocks.hpp"
#include "unit/cache/world.hpp"

#include <set>

using namespace std::chrono_literals;

namespace toril::cache {
namespace {

class ExpiryTest : public CacheTest {
protected:
    static CacheLoader failing() {
        return []() -> Result<Loaded> { return Error(ErrorCode::unavailable, "no database"); };
    }
};

TEST_F(ExpiryTest, AnEntryIsFreshForItsTtlAndNoLonger) {
    const Process cache = alone(options());
    cache.set("k", "v", {.ttl = 60s});

    hand += 59'999;
    EXPECT_EQ(cache.get("k"), "v");
    hand += 1;
    EXPECT_EQ(cache.get("k"), "(none)");
}

TEST_F(ExpiryTest, T17TheLongestTtlDoesNotOverflow) {
    const Process cache = alone(options());
    cache.set("k", "v", {.ttl = Millis{366LL * 24 * 3600 * 1000}});

    hand += 366LL * 24 * 3600 * 1000 - 1;
    EXPECT_EQ(cache.get("k"), "v");
    hand += 1;
    EXPECT_EQ(cache.get("k"), "(none)");
}

TEST_F(ExpiryTest, T22JitterShortensEachTtlByUpToItsPartAndNoTwoAlike) {
    CacheOptions jittered = options();
    jittered.ttl_jitter = 0.1;
    const Terms terms = terms_of({.ttl = 100s}, jittered);
    std::set<std::int64_t> ends;
    for (int i = 0; i <= 100; ++i)
        ends.insert(make_block({.now = 0, .chance = i / 100.0}, terms, jittered)->fresh_until);

    EXPECT_EQ(*ends.begin(), 90'000);
    EXPECT_EQ(*ends.rbegin(), 100'000);
    EXPECT_EQ(ends.size(), 101u);
}

TEST_F(ExpiryTest, T22EntriesThatAreSetTogetherEndAtDifferentTimes) {
    CacheOptions jittered = options();
    jittered.ttl_jitter = 0.5;
    const Process cache = alone(jittered);
    for (int i = 0; i < 100; ++i)
        cache.set("k" + std::to_string(i), "v", {.ttl = 100s});

    const auto left = [&] {
        int count = 0;
        for (int i = 0; i < 100; ++i)
            count += cache.get("k" + std::to_string(i)) == "v";
        return count;
    };
    hand += 49'999;
    EXPECT_EQ(left(), 100);
    hand += 25'000;
    EXPECT_GT(left(), 10);
    EXPECT_LT(left(), 90);
    hand += 25'001;
    EXPECT_EQ(left(), 0);
}

TEST_F(ExpiryTest, T21AFailedLoadServesTheStaleValueUntilItsEndAndNotLonger) {
    CacheOptions lenient = options();
    lenient.stale_for = 100s;
    for (const Process& cache : {alone(lenient), join(lenient)}) {
        cache.set("k", "v", {.ttl = 60s});
        hand += 60'000;

        EXPECT_EQ(cache.get("k"), "(none)");
        EXPECT_EQ(cache.load("k", failing()), "v (stale)");
        hand += 99'999;
        EXPECT_EQ(cache.load("k", failing()), "v (stale)");
        hand += 1;
        EXPECT_EQ(cache.load("k", failing()), "unavailable");
        EXPECT_EQ(cache->stats().hits_stale, 2u);
    }
}

TEST_F(ExpiryTest, AfterAFailureTheNextTryWaits) {
    CacheOptions lenient = options();
    lenient.stale_for = 100s;
    const Process cache = alone(lenient);
    cache.set("k", "v", {.ttl = 60s});
    hand += 60'000;
    ASSERT_EQ(cache.load("k", failing()), "v (stale)");

    EXPECT_EQ(cache.load("k", "new"), "v (stale)");
    EXPECT_EQ(cache->stats().loads, 1u);
    hand += 1'000;
    EXPECT_EQ(cache.load("k", "new"), "new");
}

TEST_F(ExpiryTest, AnExpiredEntryHasItsTimeAsStaleFromThenOn) {
    CacheOptions lenient = options();
    lenient.stale_for = 100s;
    const Process cache = alone(lenient);
    cache.set("k", "v", {.ttl = 3600s});

    EXPECT_TRUE(*cache->expire("k"));
    EXPECT_FALSE(*cache->expire("none"));

    EXPECT_EQ(cache.load("k", failing()), "v (stale)");
    hand += 100'000;
    EXPECT_EQ(cache.load("k", failing()), "unavailable");
}

TEST_F(ExpiryTest, AReadNearTheEndLoadsAheadInTheBackground) {
    CacheOptions eager = options();
    eager.refresh_ahead = 0.2;
    for (const Process& cache : {alone(eager), join(eager)}) {
        cache.set("k", "old", {.ttl = 100s});
        hand += 79'999;
        if (cache.store) cache.hear(hand);
        Signal loaded;
        const CacheLoader loader = [&]() -> Result<Loaded> {
            loaded.raise();
            return Loaded("new");
        };
        EXPECT_EQ(cache.load("k", loader), "old");
        EXPECT_EQ(loaded.count(), 0u);

        hand += 1;
        EXPECT_EQ(cache.load("k", loader), "old");
        ASSERT_TRUE(loaded.wait());
        while (cache.get("k") != "new")
            std::this_thread::yield();
        EXPECT_EQ(cache->stats().loads, 1u);
    }
}

TEST_F(ExpiryTest, LoadingAheadIsSingleAmongProcessesToo) {
    CacheOptions eager = options();
    eager.refresh_ahead = 0.5;
    const Process first = join(eager);
    const Process second = join(eager);
    first.set("k", "old", {.ttl = 100s});
    ASSERT_EQ(second.get("k"), "old");
    hand += 60'000;
    first.hear(hand);
    second.hear(hand);
    HeldLoader held("new");
    ASSERT_EQ(first.load("k", held.loader()), "old");
    ASSERT_TRUE(held.begun.wait());
    Signal asked;
    clients[1]->on_call([&](FakeCall call) {
        call.execute();
        call.answer();
        if (call.op == Op::get) asked.raise();
    });

    EXPECT_EQ(second.load("k", "second's"), "old");
    ASSERT_TRUE(asked.wait());

    held.go.raise();
    while (second.get("k") != "new")
        std::this_thread::yield();
    EXPECT_EQ(second->stats().loads, 0u);
}

}  // namespace
}  // namespace toril::cache

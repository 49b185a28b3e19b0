#include "cache/policy.hpp"

#include "unit/cache_tier/traces.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <vector>

namespace toril::cache {
namespace {

double hit_rate(PolicyCache& cache, const Trace& trace) {
    std::size_t hits = 0;
    for (const std::uint64_t key : trace)
        hits += cache.access(key) ? 1 : 0;
    return static_cast<double>(hits) / static_cast<double>(trace.size());
}

double hit_rate(std::size_t capacity, const Trace& trace) {
    PolicyCache cache({.capacity = capacity});
    return hit_rate(cache, trace);
}

TEST(PolicyTest, HitsInALoopThatIsLargerThanTheCache) {
    const Trace trace = loop_trace(1000, 100'000);

    EXPECT_EQ(lru_hit_rate(trace, 500), 0);
    EXPECT_GT(hit_rate(500, trace), 0.45);
}

TEST(PolicyTest, HitsWhatIsWrittenAndReadOnceAsLruDoes) {
    for (const std::size_t distance : {4u, 40u, 300u}) {
        const Trace trace = write_then_read_trace(300'000, distance);

        EXPECT_GT(hit_rate(512, trace), lru_hit_rate(trace, 512) - 0.005) << distance;
    }
}

TEST(PolicyTest, HitsMoreThanLruWhenSomeKeysArePopular) {
    const Trace trace = zipf_trace(20'000, 0.9, 200'000);

    EXPECT_GT(hit_rate(1000, trace), lru_hit_rate(trace, 1000) + 0.05);
}

TEST(PolicyTest, KeepsWhatIsPopularThroughAScan) {
    PolicyCache cache({.capacity = 1000});
    const Trace popular = zipf_trace(20'000, 1.0, 100'000);
    hit_rate(cache, popular);
    const double before = hit_rate(cache, popular);
    hit_rate(cache, loop_trace(50'000, 50'000, 1'000'000));

    const Trace after(popular.begin(), popular.begin() + 2000);
    EXPECT_GT(hit_rate(cache, after), before - 0.05);
}

TEST(PolicyTest, KeepsAHotSetThroughAFloodOfKeysThatComeOnce) {
    PolicyCache cache({.capacity = 1000});
    std::uint64_t flood = 1'000'000;
    std::mt19937_64 random(3);
    std::size_t hits = 0;
    std::size_t asked = 0;
    for (int i = 0; i < 200'000; ++i) {
        cache.access(++flood);
        if (i % 4 != 0) continue;  // one request in five is for one of 600 keys
        const bool hit = cache.access(random() % 600);
        if (i < 50'000) continue;
        hits += hit ? 1 : 0;
        ++asked;
    }

    EXPECT_GT(static_cast<double>(hits) / static_cast<double>(asked), 0.95);
}

TEST(PolicyTest, FollowsWhenTheKindOfRequestsChanges) {
    Trace trace = write_then_read_trace(100'000, 60);
    append(trace, loop_trace(1000, 300'000));
    append(trace, write_then_read_trace(100'000, 60));

    // 20 and 50 % are what a policy made for the one or the other hits of all.
    EXPECT_LT(lru_hit_rate(trace, 512), 0.21);
    EXPECT_GT(hit_rate(512, trace), 0.44);
}

TEST(PolicyTest, IsNeverFarBelowLru) {
    std::map<std::string, Trace> traces{
        {"hot spot that moves", {}},
        {"recent ones", {}},
        {"flat", zipf_trace(5000, 0.5, 100'000)},
    };
    std::mt19937_64 random(11);
    for (std::uint64_t i = 0; i < 100'000; ++i) {
        traces["hot spot that moves"].push_back(i / 5000 * 100 + random() % 400);
        traces["recent ones"].push_back(i - std::min(i, random() % (1 + random() % 900)));
    }
    for (const auto& [name, trace] : traces)
        EXPECT_GT(hit_rate(500, trace), lru_hit_rate(trace, 500) - 0.02) << name;
}

TEST(PolicyTest, NeverWeighsMoreThanItsCapacity) {
    Policy policy({.capacity = 10'000});
    std::mt19937_64 random(5);
    std::set<Slot> slots;
    std::vector<Slot> victims;
    for (int i = 0; i < 50'000; ++i) {
        victims.clear();
        const auto weight =
            static_cast<std::uint32_t>(random() % 50 == 0 ? random() % 12'000 : random() % 200);
        if (!slots.empty() && random() % 4 == 0) {
            const Slot slot = *slots.begin();
            if (random() % 2 == 0) {
                policy.resize(slot, weight, victims);
            } else {
                policy.remove(slot);
                slots.erase(slot);
            }
        } else {
            slots.insert(policy.admit(random() % 3000, weight, victims));
        }
        for (const Slot victim : victims)
            ASSERT_EQ(slots.erase(victim), 1u);
        ASSERT_LE(policy.entries().weight(), 10'000u);
        ASSERT_EQ(policy.entries().size(), slots.size());
    }
}

TEST(PolicyTest, DoesNotGiveManySmallOnesAwayForALargeOne) {
    PolicyCache cache({.capacity = 1000});
    for (int round = 0; round < 10; ++round)
        for (std::uint64_t key = 0; key < 900; ++key)
            cache.access(key);
    for (int i = 0; i < 3; ++i)
        cache.access(5000, 500);

    std::size_t hits = 0;
    for (std::uint64_t key = 0; key < 900; ++key)
        hits += cache.access(key) ? 1 : 0;
    EXPECT_GT(hits, 850u);
}

TEST(PolicyTest, PrefersManySmallOnesToALargeOneThatIsAskedForAsOften) {
    PolicyCache cache({.capacity = 1000});
    std::size_t hits = 0;
    for (int round = 0; round < 40; ++round) {
        for (std::uint64_t large = 10'000; large < 10'008; ++large)
            cache.access(large, 100);
        for (std::uint64_t key = 0; key < 600; ++key) {
            const bool hit = cache.access(key);
            if (round >= 20) hits += hit ? 1 : 0;
        }
    }

    EXPECT_GT(hits, 20u * 600 * 8 / 10);
}

TEST(PolicyTest, LetsAKeyInThatIsAskedForAsOftenAsThoseThatAreThere) {
    // All counters are at their end; without luck the first ones would stay for ever.
    PolicyCache cache({.capacity = 100, .sample_max = 0});
    for (int round = 0; round < 50; ++round)
        for (std::uint64_t key = 0; key < 100; ++key)
            cache.access(key);
    std::size_t hits = 0;
    for (int round = 0; round < 200; ++round)
        for (std::uint64_t key = 1000; key < 1100; ++key)
            hits += cache.access(key) ? 1 : 0;

    EXPECT_GT(hits, 10'000u);
}

TEST(PolicyTest, TellsWhatAnotherSizeWouldHit) {
    const Trace trace = zipf_trace(20'000, 0.9, 400'000);
    PolicyCache cache({.capacity = 1000});
    hit_rate(cache, trace);
    const std::map<double, double> rates = cache.policy().what_if();

    ASSERT_EQ(rates.size(), 4u);
    for (const auto& [scale, rate] : rates)
        EXPECT_NEAR(rate, hit_rate(static_cast<std::size_t>(1000 * scale), trace), 0.05) << scale;
}

TEST(PolicyTest, NeedsMemoryThatDoesNotGrowWithWhatItSees) {
    PolicyCache cache({.capacity = 1000});
    for (std::uint64_t key = 0; key < 10'000; ++key)
        cache.access(key);
    const std::size_t bytes = cache.policy().bytes();
    for (std::uint64_t key = 0; key < 500'000; ++key)
        cache.access(key * 3);

    EXPECT_LE(cache.policy().bytes(), 2 * bytes);
    EXPECT_LE(cache.policy().bytes(), 300'000u);
}

TEST(FrequencySketchTest, CountsUpToFifteenAndForgetsByHalves) {
    FrequencySketch sketch;
    sketch.fit(100);
    EXPECT_EQ(sketch.frequency(42), 0u);
    for (int i = 0; i < 3; ++i)
        sketch.increment(42);
    EXPECT_EQ(sketch.frequency(42), 3u);
    for (int i = 0; i < 100; ++i)
        sketch.increment(42);
    EXPECT_EQ(sketch.frequency(42), 15u);

    for (std::uint64_t key = 100; key < 1100; ++key)
        sketch.increment(key * 0x9e3779b97f4a7c15u);
    EXPECT_LE(sketch.frequency(42), 7u + 2u);
}

TEST(FrequencySketchTest, KeepsWhatItKnowsWhenItGrows) {
    FrequencySketch sketch;
    std::mt19937_64 random(9);
    std::vector<std::uint64_t> hashes(20);
    for (std::uint64_t& hash : hashes) {
        hash = random();
        for (int i = 0; i < 5; ++i)
            sketch.increment(hash);
    }
    sketch.fit(10'000);

    for (const std::uint64_t hash : hashes)
        EXPECT_GE(sketch.frequency(hash), 5u);
}

}  // namespace
}  // namespace toril::cache

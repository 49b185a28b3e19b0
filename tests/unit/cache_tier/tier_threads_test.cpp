// The tier under several threads. Each test says what must hold whatever the order was.

#include "cache/memory_tier.hpp"
#include "unit/cache_tier/blocks.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace toril::cache {
namespace {

constexpr std::uint64_t kib = 1024;

void together(int count, const std::function<void(int)>& work) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i)
        threads.emplace_back([&work, i] { work(i); });
    for (std::thread& thread : threads)
        thread.join();
}

// A value tells which key it is of, twice, so that a torn one would be seen.
BlockPtr block_of(const std::string& key, std::uint64_t size) {
    return block(key + "|" + std::string(size, 'x') + "|" + key);
}

bool is_of(const CacheValue::Block& found, const std::string& key) {
    return found.bytes.starts_with(key + "|") && found.bytes.ends_with("|" + key);
}

TEST(TierThreadsTest, FindsOnlyValuesOfTheKeyAndStaysInItsBound) {
    constexpr std::uint64_t bytes_max = 600 * kib;
    MemoryTier tier({.bytes_max = bytes_max});
    std::atomic<std::uint64_t> wrong{0};
    std::atomic<std::uint64_t> found_count{0};
    std::atomic<std::uint64_t> over{0};
    together(4, [&](int number) {
        std::mt19937_64 random(static_cast<std::uint64_t>(number) + 1);
        for (int i = 0; i < 30'000; ++i) {
            std::string key = key_of(random() % 2000);
            if (random() % 4 == 0) key += std::string(60, 'k');
            switch (random() % 8) {
                case 0:
                case 1: tier.put(key, block_of(key, random() % 300), 0); break;
                case 2: tier.remove(key); break;
                case 3:
                    if (const BlockPtr old = tier.find(key, 0))
                        tier.replace(key, old, block_of(key, 20), 0);
                    break;
                default:
                    if (const BlockPtr found = tier.find(key, 0)) {
                        ++found_count;
                        if (!is_of(*found, key)) ++wrong;
                    }
            }
            if (i % 64 == 0 && tier.stats().bytes > bytes_max) ++over;
            if (number == 0 && i % 10'000 == 9'999) tier.clear();
        }
    });

    EXPECT_EQ(wrong, 0u);
    EXPECT_EQ(over, 0u);
    EXPECT_GT(found_count, 1000u);
    std::uint64_t entries = 0;
    for (std::uint64_t i = 0; i < 2000; ++i)
        for (const std::string& key : {key_of(i), key_of(i) + std::string(60, 'k')})
            entries += tier.find(key, 0) != nullptr ? 1 : 0;
    EXPECT_EQ(tier.stats().entries, entries);
}

// What others do beside it moves places in the table; a key that nobody removes is always found.
TEST(TierThreadsTest, NeverMissesAKeyThatStays) {
    MemoryTier tier({.bytes_max = 16 * 1024 * kib});
    constexpr std::uint64_t staying = 500;
    for (std::uint64_t i = 0; i < staying; ++i)
        tier.put(key_of(i), block("stays"), 0);
    std::atomic<int> busy{2};
    std::atomic<std::uint64_t> missed{0};
    std::atomic<std::uint64_t> reads{0};
    together(4, [&](int number) {
        if (number < 2) {
            for (int round = 0; round < 20; ++round)
                for (std::uint64_t i = 0; i < 1000; ++i) {
                    const std::string key = std::to_string(number) + key_of(i);
                    round % 2 == 0 ? void(tier.put(key, block("x"), 0)) : void(tier.remove(key));
                }
            --busy;
            return;
        }
        for (std::uint64_t i = 0; busy > 0 || i < staying; ++i, ++reads)
            if (tier.find(key_of(i % staying), 0) == nullptr) ++missed;
    });

    EXPECT_EQ(missed, 0u);
    EXPECT_GE(reads, 2 * staying);
    EXPECT_EQ(tier.stats().evictions_size, 0u);
}

TEST(TierThreadsTest, LetsOneOfManyReplaceTheSameValue) {
    MemoryTier tier({});
    std::atomic<int> replaced{0};
    constexpr int rounds = 300;
    for (int round = 0; round < rounds; ++round) {
        tier.put("a", block("old"), 0);
        const BlockPtr old = tier.find("a", 0);
        together(3, [&](int number) {
            if (tier.replace("a", old, block(std::to_string(number)), 0)) ++replaced;
        });
    }
    EXPECT_EQ(replaced, rounds);
}

TEST(TierThreadsTest, OneThreadsReadsSeeItsOwnWrites) {
    MemoryTier tier({.bytes_max = 64 * 1024 * kib});
    std::atomic<std::uint64_t> wrong{0};
    together(4, [&](int number) {
        for (std::uint64_t i = 0; i < 10'000; ++i) {
            const std::string key = std::to_string(number) + key_of(i % 100);
            tier.put(key, block(std::to_string(i)), 0);
            const BlockPtr found = tier.find(key, 0);
            if (found == nullptr || found->bytes != std::to_string(i)) ++wrong;
        }
    });
    EXPECT_EQ(wrong, 0u);
}

TEST(TierThreadsTest, DropsWhatEndsWhileItIsReplaced) {
    MemoryTier tier({.bytes_max = 1024 * kib});
    std::atomic<std::int64_t> now{0};
    std::atomic<std::uint64_t> late{0};
    together(3, [&](int number) {
        std::mt19937_64 random(static_cast<std::uint64_t>(number) + 1);
        for (int i = 0; i < 20'000; ++i) {
            const std::int64_t at = now += 3;
            const std::string key = key_of(random() % 300);
            if (random() % 2 == 0)
                tier.put(key, block("x", at + static_cast<std::int64_t>(random() % 5000)), at);
            else if (const BlockPtr found = tier.find(key, at); found && found->kept_until <= at)
                ++late;
        }
    });

    EXPECT_EQ(late, 0u);
    EXPECT_GT(tier.stats().evictions_age, 100u);
    for (int i = 0; i < 100; ++i)
        tier.put("other", block("x"), now + 1'000'000);
    EXPECT_EQ(tier.stats().entries, 1u);
}

}  // namespace
}  // namespace toril::cache

#include "cache/memory_tier.hpp"

#include "unit/cache_tier/blocks.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace toril::cache {
namespace {

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;

TEST(MemoryTierTest, FindsWhatWasPutUntilItIsNoLongerKept) {
    MemoryTier tier({});

    EXPECT_TRUE(tier.put("a", block("1", 500), 0));

    EXPECT_EQ(tier.find("a", 499)->bytes, "1");
    EXPECT_EQ(tier.find("a", 500), nullptr);
    EXPECT_EQ(tier.find("b", 0), nullptr);
}

TEST(MemoryTierTest, TellsKeysOfAnyLengthApart) {
    MemoryTier tier({});
    std::vector<std::string> keys;
    for (std::size_t size = 1; size <= 512; ++size)
        for (const char last : {'a', '\0', '\xff'})
            keys.push_back(std::string(size - 1, 'k') + last);
    for (const std::string& key : keys)
        ASSERT_TRUE(tier.put(key, block("of " + key), 0));

    for (const std::string& key : keys)
        ASSERT_EQ(tier.find(key, 0)->bytes, "of " + key);
    EXPECT_EQ(tier.stats().entries, keys.size());
}

TEST(MemoryTierTest, ReplacesOnlyWhatTheCallerSaw) {
    MemoryTier tier({});
    tier.put("a", block("1"), 0);
    const BlockPtr first = tier.find("a", 0);
    tier.put("a", block("2"), 0);

    EXPECT_FALSE(tier.replace("a", first, block("3"), 0));
    EXPECT_FALSE(tier.replace("b", first, block("3"), 0));
    EXPECT_EQ(tier.find("a", 0)->bytes, "2");
    EXPECT_TRUE(tier.replace("a", tier.find("a", 0), block("3"), 0));
    EXPECT_EQ(tier.find("a", 0)->bytes, "3");
    EXPECT_EQ(first->bytes, "1");
}

TEST(MemoryTierTest, ForgetsWhatIsRemovedOrCleared) {
    MemoryTier tier({});
    for (std::uint64_t i = 0; i < 1000; ++i)
        tier.put(key_of(i), block("x"), 0);

    EXPECT_TRUE(tier.remove(key_of(7)));
    EXPECT_FALSE(tier.remove(key_of(7)));
    EXPECT_EQ(tier.find(key_of(7), 0), nullptr);
    EXPECT_NE(tier.find(key_of(8), 0), nullptr);
    tier.clear();
    EXPECT_EQ(tier.find(key_of(8), 0), nullptr);
    EXPECT_EQ(tier.stats().entries, 0u);
    EXPECT_TRUE(tier.put(key_of(8), block("y"), 0));
    EXPECT_EQ(tier.find(key_of(8), 0)->bytes, "y");
}

TEST(MemoryTierTest, LeavesValuesToThoseWhoHaveThem) {
    BlockPtr mine;
    {
        MemoryTier tier({});
        tier.put("a", block("1"), 0);
        mine = tier.find("a", 0);
        tier.remove("a");
    }
    EXPECT_EQ(mine->bytes, "1");
}

TEST(MemoryTierTest, DoesNotAdmitWhatIsLargerThanAnEighth) {
    MemoryTier tier({.bytes_max = mib});
    tier.put("a", block("small"), 0);

    EXPECT_FALSE(tier.put("a", block(std::string(mib / 8, 'x')), 0));
    EXPECT_EQ(tier.find("a", 0), nullptr);
    EXPECT_FALSE(tier.put("b", block(std::string(10 * mib, 'x')), 0));
    EXPECT_TRUE(tier.put("c", block(std::string(mib / 10, 'x')), 0));
    EXPECT_EQ(tier.stats().rejected, 2u);
    EXPECT_EQ(tier.stats().entries, 1u);
}

TEST(MemoryTierTest, AdmitsLargeItemsToEachShard) {
    MemoryTier tier({.bytes_max = 64 * mib});
    for (std::uint64_t i = 0; i < 50; ++i) {
        const std::string bytes(7 * mib, 'x');
        tier.put(key_of(i), block(bytes), 0);
        ASSERT_LE(tier.stats().bytes, 64 * mib);
    }
    EXPECT_GE(tier.stats().entries, 4u);
}

TEST(MemoryTierTest, WorksHoweverSmallItIs) {
    for (const std::uint64_t bytes_max : {0u, 1u, 100u, 4096u, 65'536u}) {
        MemoryTier tier({.bytes_max = bytes_max});
        for (std::uint64_t i = 0; i < 1000; ++i) {
            tier.put(key_of(i), block("x"), 0);
            tier.find(key_of(i), 0);
            ASSERT_LE(tier.stats().bytes, bytes_max);
        }
        EXPECT_EQ(tier.stats().entries > 0, bytes_max >= 4096) << bytes_max;
    }
}

TEST(MemoryTierTest, StaysBelowItsBoundWhateverIsPut) {
    std::mt19937_64 random(1);
    for (const std::uint64_t bytes_max : {100 * kib, mib, 40 * mib}) {
        MemoryTier tier({.bytes_max = bytes_max, .seed = 1});
        for (int i = 0; i < 20'000; ++i) {
            std::string key = key_of(random() % 3000);
            if (random() % 8 == 0)
                key += std::string(random() % 500, 'k');  // larger than its value
            const std::size_t size = random() % (random() % 100 == 0 ? bytes_max / 4 : 2000);
            tier.put(key, block(std::string(size, 'x')), 0);  // grows or shrinks what is there
            if (i % 16 == 0) {
                ASSERT_LE(tier.stats().bytes, bytes_max);
            }
        }
        EXPECT_GT(tier.stats().bytes, bytes_max / 2);
    }
}

TEST(MemoryTierTest, CountsWhyEntriesWent) {
    MemoryTier tier({.bytes_max = 300 * kib});
    for (std::uint64_t i = 0; i < 2000; ++i)
        tier.put(key_of(i), block("x", 10'000), 0);
    const TierStats full = tier.stats();
    EXPECT_EQ(full.entries + full.evictions_size + full.rejected, 2000u);
    EXPECT_EQ(full.evictions_age, 0u);

    for (std::uint64_t i = 0; i < 2000; ++i)
        tier.put("other", block("x"), 20'000);
    EXPECT_EQ(tier.stats().evictions_age, full.entries);
    EXPECT_EQ(tier.stats().entries, 1u);
}

TEST(MemoryTierTest, DropsWhatHasEndedWhenReadersComeAcrossIt) {
    MemoryTier tier({});
    for (std::uint64_t i = 0; i < 100; ++i)
        tier.put(key_of(i), block("x", 10'000), 0);
    for (std::uint64_t i = 0; i < 100; ++i)
        EXPECT_EQ(tier.find(key_of(i), 50'000), nullptr);

    EXPECT_EQ(tier.stats().entries, 0u);
    EXPECT_EQ(tier.stats().evictions_age, 100u);
}

TEST(MemoryTierTest, KeepsEntriesForTimesOfAnyLength) {
    constexpr std::int64_t bits31 = std::int64_t{1} << 31;
    MemoryTier tier({});
    tier.put("25 days", block("x", bits31 + 5), 0);
    tier.put("for ever", block("x", std::numeric_limits<std::int64_t>::max()), 0);
    tier.put("ended", block("x", -5), 0);

    EXPECT_EQ(tier.find("ended", 0), nullptr);
    EXPECT_NE(tier.find("25 days", bits31 + 4), nullptr);
    EXPECT_EQ(tier.find("25 days", bits31 + 5), nullptr);
    EXPECT_NE(tier.find("for ever", 100), nullptr);  // the clock went back
    EXPECT_NE(tier.find("for ever", std::int64_t{1} << 55), nullptr);
}

TEST(MemoryTierTest, GivesAReplacedEntryItsNewEnd) {
    MemoryTier tier({.bytes_max = mib});  // one shard
    tier.put("a", block("1", 5'000), 0);
    tier.put("a", block("2", 90'000), 4'000);
    for (std::int64_t now = 4'000; now < 90'000; now += 1'000) {
        tier.put("other", block("x"), now);
        ASSERT_EQ(tier.find("a", now)->bytes, "2");
    }
    tier.put("other", block("x"), 200'000);
    EXPECT_EQ(tier.stats().entries, 1u);
}

TEST(MemoryTierTest, KeepsWhatIsReadThroughAFloodOfKeysThatComeOnce) {
    MemoryTier tier({.bytes_max = 2 * mib, .seed = 3});
    std::uint64_t hits = 0;
    std::uint64_t asked = 0;
    std::mt19937_64 random(3);
    for (std::uint64_t i = 0; i < 200'000; ++i) {
        tier.put(key_of(1'000'000 + i), block(std::string(100, 'x')), 0);
        if (i % 4 != 0) continue;
        const std::string key = key_of(random() % 2000);  // a third of the room
        const bool hit = tier.find(key, 0) != nullptr;
        if (!hit) tier.put(key, block(std::string(100, 'x')), 0);
        if (i < 100'000) continue;
        ++asked;
        hits += hit ? 1 : 0;
    }
    EXPECT_GT(hits, asked * 9 / 10);
}

TEST(MemoryTierTest, TellsWhatMoreMemoryWouldBring) {
    MemoryTier tier({.bytes_max = 4 * mib, .seed = 5});
    EXPECT_TRUE(tier.what_if().empty());
    // Room for two thirds of a loop; the double of it has all.
    for (std::uint64_t i = 0; i < 300'000; ++i) {
        const std::string key = key_of(i % 15'000);
        if (tier.find(key, 0) == nullptr) tier.put(key, block(std::string(64, 'x')), 0);
    }
    const std::map<double, double> rates = tier.what_if();
    ASSERT_EQ(rates.size(), 4u);
    EXPECT_LT(rates.at(0.5), rates.at(1));
    EXPECT_LT(rates.at(1), 0.85);
    EXPECT_GT(rates.at(2), 0.9);
}

// Random operations on the tier and on a map that never evicts: what is found is what was put last.
TEST(MemoryTierTest, NeverFindsAnythingButWhatWasPutLast) {
    struct Kept {
        std::string bytes{};
        std::int64_t until = 0;
    };
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
        MemoryTier tier({.bytes_max = seed * 200 * kib, .seed = seed});
        std::map<std::string, Kept> model;
        std::mt19937_64 random(seed);
        std::int64_t now = 0;
        std::uint64_t found_count = 0;
        for (int i = 0; i < 60'000; ++i) {
            std::string key = key_of(random() % 1500);
            if (random() % 3 == 0) key += std::string(50, 'k');
            now += static_cast<std::int64_t>(random() % 20);
            const auto kept = model.find(key);
            const BlockPtr found = tier.find(key, now);
            if (found != nullptr) {
                ++found_count;
                ASSERT_NE(kept, model.end()) << key;
                ASSERT_EQ(found->bytes, kept->second.bytes);
                ASSERT_LT(now, kept->second.until);
            }
            const Kept next{std::to_string(i), now + static_cast<std::int64_t>(random() % 100'000)};
            const unsigned what = static_cast<unsigned>(random() % 100);
            bool put = false;
            if (what < 50)
                put = tier.put(key, block(next.bytes, next.until), now);
            else if (what < 60)
                put = tier.replace(key, found, block(next.bytes, next.until), now);
            else if (what < 70)
                ASSERT_FALSE(tier.remove(key) && kept == model.end());
            else if (what < 99 || random() % 20 != 0)
                continue;
            else
                tier.clear();
            if (what >= 99) model.clear();
            if (put)
                model[key] = next;
            else if (what < 50 || (what >= 60 && what < 70))
                model.erase(key);
        }
        EXPECT_GT(found_count, 5000u);
    }
}

}  // namespace
}  // namespace toril::cache

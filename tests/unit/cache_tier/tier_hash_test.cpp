#include "cache/tier_hash.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace toril::cache {
namespace {

TEST(KeyHashTest, DiffersFromProcessToProcess) {
    const KeyHash first(0);
    const KeyHash second(0);

    EXPECT_NE(first("user:1"), second("user:1"));
    EXPECT_EQ(first("user:1"), first("user:1"));
    EXPECT_EQ(KeyHash(7)("user:1"), KeyHash(7)("user:1"));
}

TEST(KeyHashTest, DependsOnEachByteAndOnTheLength) {
    const KeyHash hash(7);
    std::set<std::uint64_t> seen;
    std::size_t count = 0;
    for (std::size_t size = 0; size <= 80; ++size) {
        const std::string zeros(size, '\0');
        seen.insert(hash(zeros));
        ++count;
        for (std::size_t at = 0; at < size; ++at)
            for (const char other : {'\x01', '\x80'}) {
                std::string changed = zeros;
                changed[at] = other;
                seen.insert(hash(changed));
                ++count;
            }
    }
    EXPECT_EQ(seen.size(), count);
}

// Keys that are chosen so that they meet with one secret are spread with another.
TEST(KeyHashTest, KeysChosenForOneSeedAreSpreadWithAnother) {
    const KeyHash known(1);
    const KeyHash other(2);
    std::vector<std::string> chosen;
    for (int i = 0; chosen.size() < 500; ++i)
        if (std::string key = std::to_string(i); known(key) % 256 == 0) chosen.push_back(key);
    std::vector<int> places(256);
    for (const std::string& key : chosen)
        ++places[other(key) % 256];

    EXPECT_LT(*std::max_element(places.begin(), places.end()), 20);
}

// In each part of the hash that something is chosen by.
TEST(KeyHashTest, SpreadsKeysThatCountUp) {
    const KeyHash hash(3);
    constexpr int keys = 64'000;
    constexpr int places = 64;
    for (const unsigned shift : {0u, 16u, 26u, 32u, 58u}) {
        std::vector<int> counts(places);
        for (int i = 0; i < keys; ++i)
            ++counts[hash("user:" + std::to_string(i)) >> shift & (places - 1)];
        for (const int count : counts)
            EXPECT_NEAR(count, keys / places, 6 * std::sqrt(keys / places)) << shift;
    }
}

}  // namespace
}  // namespace toril::cache

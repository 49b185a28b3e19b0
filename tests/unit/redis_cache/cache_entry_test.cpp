#include "backend/redis/cache/cache_entry.hpp"

#include <gtest/gtest.h>

#include <random>

namespace toril::redis_store {
namespace {

using namespace std::chrono_literals;
using contract::CacheEntry;

constexpr std::string_view incarnation = "0123456789abcdef";

// As the script puts it together.
std::string stored(const CacheEntry& entry, std::uint64_t number) {
    const SealedCacheEntry sealed = seal_cache_entry(entry);
    std::string bytes = sealed.start;
    for (int i = 7; i >= 0; --i)
        bytes += static_cast<char>(number >> (8 * i) & 0xFF);
    return bytes.append(incarnation).append(sealed.rest);
}

CacheEntry an_entry() {
    return {.value = std::string("a\0b\xFF value", 10),
            .negative = true,
            .tags = {"fruit", "", std::string("\0", 1)},
            .fresh_for = 5s,
            .kept_for = 8s,
            .load_time = 12ms};
}

std::string hex(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) {
        text += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
        text += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
    }
    return text;
}

TEST(CacheEntryTest, ComesBackAsItWas) {
    const auto read = unseal_cache_entry(stored(an_entry(), 77), 8s);

    ASSERT_TRUE(read);
    CacheEntry expected = an_entry();
    expected.generation = {std::string(incarnation), 77};
    EXPECT_EQ(*read, expected);
}

TEST(CacheEntryTest, GetsStaleAsItsKeyHasLessToLive) {
    EXPECT_EQ(unseal_cache_entry(stored(an_entry(), 1), 3s)->fresh_for, 0ms);
    EXPECT_EQ(unseal_cache_entry(stored(an_entry(), 1), 1s)->fresh_for, -2s);
}

// What this release writes: a later one must read it.
TEST(CacheEntryTest, OfVersion1IsTheseBytes) {
    const CacheEntry entry{.value = "v", .tags = {"t"}, .fresh_for = 1s, .kept_for = 3s};

    EXPECT_EQ(hex(stored(entry, 258)),
              "746301"
              "00"
              "00000000000007d0"
              "0000000000000102"
              "30313233343536373839616263646566"
              "0000000000000000"
              "00000005"
              "00000001"
              "615143e6a3b9cf93"
              "0000000174"
              "76");
}

TEST(CacheEntryTest, ThatIsCutIsUnreadable) {
    const std::string bytes = stored(an_entry(), 1);
    for (std::size_t length = 0; length < bytes.size(); ++length)
        EXPECT_FALSE(unseal_cache_entry(bytes.substr(0, length), 8s)) << length;
    EXPECT_FALSE(unseal_cache_entry(bytes + "x", 8s));
}

TEST(CacheEntryTest, WithAnyBitChangedIsUnreadableOrOtherwiseDated) {
    const std::string bytes = stored(an_entry(), 1);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string changed = bytes;
            changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
            const auto read = unseal_cache_entry(changed, 8s);
            const bool is_date = at >= 4 && at < 36;  // stale_for and the generation
            EXPECT_TRUE(is_date || !read) << "byte " << at << " bit " << bit;
            EXPECT_TRUE(!read || read->value == an_entry().value);
        }
    }
}

TEST(CacheEntryTest, OfAnotherVersionIsUnreadable) {
    std::string bytes = stored(an_entry(), 1);
    bytes[2] = 2;
    EXPECT_FALSE(unseal_cache_entry(bytes, 8s));
    bytes[2] = 0;
    EXPECT_FALSE(unseal_cache_entry(bytes, 8s));
}

TEST(CacheEntryTest, OfRandomBytesIsUnreadable) {
    std::mt19937 random(20'261'121);
    for (int i = 0; i < 2'000; ++i) {
        std::string bytes("tc\1", 3);
        bytes.resize(3 + random() % 200);
        for (std::size_t at = 3; at < bytes.size(); ++at)
            bytes[at] = static_cast<char>(random() % 4 == 0 ? random() : 0);
        EXPECT_FALSE(unseal_cache_entry(bytes, 8s));
    }
}

}  // namespace
}  // namespace toril::redis_store

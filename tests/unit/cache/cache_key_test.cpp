#include "cache/digest.hpp"

#include <toril/cache.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>
#include <vector>

namespace toril {
namespace {

std::string hex_of(std::string_view text) {
    std::string hex;
    for (const std::uint8_t byte : cache::sha256(text)) {
        hex += "0123456789abcdef"[byte >> 4];
        hex += "0123456789abcdef"[byte & 15];
    }
    return hex;
}

// FIPS 180-4's own examples, and lengths around the end of a block.
TEST(CacheKeyTest, TheDigestIsSha256) {
    EXPECT_EQ(hex_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(hex_of(std::string(55, 'a')),
              "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
    EXPECT_EQ(hex_of(std::string(64, 'a')),
              "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
}

// Kept for ever: an entry that an older version stored must be found.
TEST(CacheKeyTest, KeysAreTheSameInEveryVersion) {
    // printf '5:limiti20;4:pagei1;' | sha256sum
    EXPECT_EQ(cache_key("tasks:list", {{"page", std::int64_t{1}}, {"limit", std::int64_t{20}}}),
              "tasks:list:df07ee70c28b729e9ec7353bc2c7ad7a");
    // printf '' | sha256sum
    EXPECT_EQ(cache_key("all", {}), "all:e3b0c44298fc1c149afbf4c8996fb924");
    // printf '1:as1:x1:bl2:1:y0:1:cn1:dt1:ed0.1;' | sha256sum
    EXPECT_EQ(cache_key("p",
                        {{"e", 0.1},
                         {"a", std::string("x")},
                         {"c", nullptr},
                         {"b", std::vector<std::string>{"y", ""}},
                         {"d", true}}),
              "p:2e6d33922e36cf6bbce242d2ffdbf5e7");
}

TEST(CacheKeyTest, PlainLiteralsAreWhatTheyLookLike) {
    EXPECT_EQ(cache_key("p", {{"page", 1}, {"sort", "name"}, {"all", true}, {"none", nullptr}}),
              cache_key("p",
                        {{"page", std::int64_t{1}},
                         {"sort", std::string("name")},
                         {"all", CacheKeyValue(true)},
                         {"none", CacheKeyValue(nullptr)}}));
}

TEST(CacheKeyTest, TheOrderOfParametersDoesNotMatter) {
    const std::map<std::string, CacheKeyValue> sorted{{"a", std::int64_t{1}},
                                                      {"b", std::string("2")}};
    EXPECT_EQ(cache_key("p", {{"b", std::string("2")}, {"a", std::int64_t{1}}}),
              cache_key("p", sorted));
}

TEST(CacheKeyTest, ValuesThatLookAlikeDiffer) {
    using Strings = std::vector<std::string>;
    const std::vector<CacheKeyValue> values{std::int64_t{1},
                                            1.0,
                                            std::string("1"),
                                            true,
                                            false,
                                            nullptr,
                                            std::string("null"),
                                            std::string(""),
                                            Strings{},
                                            Strings{""},
                                            Strings{"", ""},
                                            Strings{"1"},
                                            Strings{"a", "b"},
                                            Strings{"ab"},
                                            Strings{"1:a"},
                                            std::int64_t{0},
                                            0.0};
    std::set<std::string> keys{cache_key("p", {})};
    for (const CacheKeyValue& value : values)
        keys.insert(cache_key("p", {{"x", value}}));

    EXPECT_EQ(keys.size(), values.size() + 1);
}

TEST(CacheKeyTest, NumbersAreWhatTheyMean) {
    const auto key = [](double value) { return cache_key("p", {{"x", value}}); };

    EXPECT_EQ(key(0.0), key(-0.0));
    EXPECT_EQ(key(std::numeric_limits<double>::quiet_NaN()),
              key(-std::numeric_limits<double>::quiet_NaN()));
    EXPECT_NE(key(std::numeric_limits<double>::infinity()),
              key(-std::numeric_limits<double>::infinity()));
    EXPECT_EQ(key(0.1 + 0.2), key(0.30000000000000004));
    EXPECT_NE(key(0.1 + 0.2), key(0.3));
    EXPECT_EQ(key(1e21), key(1000000000000000000000.0));
}

// A name and a value must not run into each other.
TEST(CacheKeyTest, TextCannotImitateStructure) {
    EXPECT_NE(cache_key("p", {{"a", std::string("1;1:bi2")}}),
              cache_key("p", {{"a", std::string("1")}, {"b", std::int64_t{2}}}));
    EXPECT_NE(cache_key("p", {{"ab", std::string("c")}}),
              cache_key("p", {{"a", std::string("bc")}}));
}

}  // namespace
}  // namespace toril

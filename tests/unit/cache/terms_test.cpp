#include "cache/terms.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace toril::cache {
namespace {

std::string error_of(const Status& status) {
    return status ? "(fine)" : status.error().message();
}

TEST(TermsTest, TheDefaultsAreFine) {
    EXPECT_EQ(error_of(check_options({})), "(fine)");
    EXPECT_EQ(error_of(check_policy({})), "(fine)");
}

TEST(TermsTest, EachOptionOutOfRangeIsNamed) {
    struct Case {
        std::string named;
        std::function<void(CacheOptions&)> spoil;
    };
    const std::vector<Case> cases{
        {"name", [](CacheOptions& o) { o.name = ""; }},
        {"name", [](CacheOptions& o) { o.name = std::string(65, 'a'); }},
        {"name", [](CacheOptions& o) { o.name = "a:b"; }},
        {"memory_bytes_max", [](CacheOptions& o) { o.memory_bytes_max = (1ull << 40) + 1; }},
        {"ttl", [](CacheOptions& o) { o.ttl = 0ms; }},
        {"ttl", [](CacheOptions& o) { o.ttl = Millis{366LL * 24 * 3600 * 1000 + 1}; }},
        {"ttl_jitter", [](CacheOptions& o) { o.ttl_jitter = 0.6; }},
        {"ttl_jitter",
         [](CacheOptions& o) { o.ttl_jitter = std::numeric_limits<double>::quiet_NaN(); }},
        {"stale_for", [](CacheOptions& o) { o.stale_for = -1ms; }},
        {"negative_ttl", [](CacheOptions& o) { o.negative_ttl = 0ms; }},
        {"refresh_ahead", [](CacheOptions& o) { o.refresh_ahead = 0.91; }},
        {"soft_timeout", [](CacheOptions& o) { o.soft_timeout = -1ms; }},
        {"hard_timeout", [](CacheOptions& o) { o.hard_timeout = -1ms; }},
        {"retry_after_failure", [](CacheOptions& o) { o.retry_after_failure = -1ms; }},
        {"lease", [](CacheOptions& o) { o.lease = 0ms; }},
        {"staleness_bound", [](CacheOptions& o) { o.staleness_bound = 99ms; }},
        {"store_timeout", [](CacheOptions& o) { o.store_timeout = 0ms; }},
        {"background_loads_max", [](CacheOptions& o) { o.background_loads_max = 0; }},
    };
    for (const Case& each : cases) {
        CacheOptions options;
        each.spoil(options);
        const Status status = check_options(options);
        ASSERT_FALSE(status) << each.named;
        EXPECT_EQ(status.error().code(), ErrorCode::invalid_argument);
        EXPECT_NE(status.error().message().find(each.named), std::string::npos)
            << status.error().message();
        EXPECT_FALSE(are_equal(options, {})) << each.named;
    }
}

TEST(TermsTest, PoliciesAreChecked) {
    EXPECT_EQ(error_of(check_policy({.ttl = 0ms})), "ttl is 0 ms; it may be 1 ms to 366 days");
    EXPECT_EQ(error_of(check_policy({.soft_timeout = -5ms})),
              "soft_timeout is -5 ms; it may be 0 ms to 366 days");
    EXPECT_EQ(error_of(check_policy({.tags = std::vector<std::string>(17, "t")})),
              "an entry has at most 16 tags, not 17");
    EXPECT_EQ(error_of(check_policy({.tags = {std::string(129, 't')}})),
              "a tag has 1 to 128 bytes, not 129");
    EXPECT_EQ(error_of(check_policy({.tags = {""}})), "a tag has 1 to 128 bytes, not 0");
}

TEST(TermsTest, KeysAndPatternsHaveOneToFiveHundredTwelveBytes) {
    EXPECT_TRUE(check_key(std::string(512, 'k')));
    EXPECT_EQ(error_of(check_key("")), "a cache key has 1 to 512 bytes, not 0");
    EXPECT_EQ(error_of(check_key(std::string(513, 'k'))),
              "a cache key has 1 to 512 bytes, not 513");
    EXPECT_EQ(error_of(check_pattern("")), "a pattern has 1 to 512 bytes, not 0");
}

TEST(TermsTest, WhatIsNotSetComesFromTheNext) {
    const CachePolicy policy =
        merged({.ttl = 1s, .tags = {"a"}}, {.ttl = 2s, .stale_for = 3s, .tags = {"b"}});
    const Terms terms = terms_of(policy, {.negative_ttl = 7s, .hard_timeout = 9s});

    EXPECT_EQ(terms.ttl, 1'000);
    EXPECT_EQ(terms.stale_for, 3'000);
    EXPECT_EQ(terms.negative_ttl, 7'000);
    EXPECT_EQ(terms.hard_timeout, 9'000);
    EXPECT_EQ(terms.tags, std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace toril::cache

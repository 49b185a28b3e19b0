// A real Redis that says nothing for a while, and then goes on where it was.

#include "support/redis_server.hpp"
#include "support/signal.hpp"

#include <toril/cache.hpp>
#include <toril/store.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

using namespace std::chrono_literals;

namespace toril {
namespace {

class FrozenRedisTest : public ::testing::Test {
protected:
    Cache open() {
        CacheOptions options;
        options.store_timeout = 1s;  // a busy machine is no outage
        Cache cache = Cache::open(Store::open(server.url()).value(), options).value();
        EXPECT_TRUE(comes_true([&] { return cache.stats().heard_age > 0ms; }));
        return cache;
    }
    template <class Condition>
    static bool comes_true(Condition&& condition) {
        const auto deadline = std::chrono::steady_clock::now() + support::test_deadline;
        while (!condition())
            if (std::chrono::steady_clock::now() > deadline) return false;
        return true;
    }
    static std::string get(const Cache& cache, const std::string& key) {
        const auto value = cache.get(key).value();
        return value ? std::string(value->bytes()) : "(none)";
    }

    toril::testing::RedisServer server{};
};

TEST_F(FrozenRedisTest, MemoryGoesOnAndWhatWasRemovedMeanwhileIsGoneEverywhereAfterwards) {
    Cache one = open();
    Cache two = open();
    ASSERT_TRUE(one.set("kept", "v"));
    ASSERT_TRUE(one.set("removed", "v"));
    ASSERT_TRUE(one.set("tagged", "v", {.tags = {"t"}}));
    ASSERT_EQ(get(two, "removed"), "v");
    ASSERT_EQ(get(two, "tagged"), "v");

    server.freeze();
    EXPECT_TRUE(*one.remove("removed"));
    EXPECT_TRUE(one.invalidate_tag("t"));
    EXPECT_TRUE(one.stats().is_store_away);
    EXPECT_EQ(get(one, "kept"), "v");
    EXPECT_EQ(get(one, "removed"), "(none)");
    EXPECT_EQ(get(one, "tagged"), "(none)");
    EXPECT_EQ(one.get_or_set("new", [] { return Loaded("loaded"); }).value().bytes(), "loaded");

    server.thaw();
    EXPECT_TRUE(comes_true([&] { return !one.stats().is_store_away; }));
    EXPECT_EQ(get(one, "removed"), "(none)");
    EXPECT_EQ(get(one, "tagged"), "(none)");
    EXPECT_TRUE(comes_true([&] { return get(two, "removed") == "(none)"; }));
    EXPECT_TRUE(comes_true([&] { return get(two, "tagged") == "(none)"; }));
    EXPECT_TRUE(comes_true([&] { return get(one, "kept") == "v"; }));
    EXPECT_GE(one.stats().store_failures, 1u);
}

TEST_F(FrozenRedisTest, ARedisThatIsKilledAndBeginsEmptyIsUsedAgain) {
    Cache one = open();
    ASSERT_TRUE(one.set("k", "v"));

    server.kill();
    EXPECT_TRUE(comes_true([&] {
        get(one, "another");
        return one.stats().is_store_away;
    }));
    EXPECT_EQ(get(one, "k"), "v");

    server.start_again();
    EXPECT_TRUE(comes_true([&] { return !one.stats().is_store_away; }));
    EXPECT_EQ(get(one, "k"), "(none)");
    EXPECT_TRUE(one.set("k", "w"));
    Cache two = open();
    EXPECT_TRUE(comes_true([&] { return get(two, "k") == "w"; }));
}

}  // namespace
}  // namespace toril

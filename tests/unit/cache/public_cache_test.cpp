// The cache as a program sees it, on each kind of store. Two Stores stand for two processes: they
// have nothing in common but what is behind the URL.

#include "base/uuid.hpp"
#include "support/signal.hpp"

#include <toril/cache.hpp>
#include <toril/json.hpp>
#include <toril/store.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace toril {
namespace {

using support::Signal;

class PublicCacheTest : public testing::TestWithParam<std::string> {
protected:
    void SetUp() override {
        if (GetParam() == "redis" && std::getenv("TORIL_TEST_REDIS_URL") == nullptr) {
            ASSERT_EQ(std::getenv("TORIL_TEST_REQUIRE"), nullptr) << "there is no Redis";
            GTEST_SKIP() << "TORIL_TEST_REDIS_URL is not set";
        }
        std::filesystem::create_directories(folder_);
    }
    ~PublicCacheTest() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    Store open() const {
        const char* redis = std::getenv("TORIL_TEST_REDIS_URL");
        const std::string url = GetParam() == "redis"    ? redis
                                : GetParam() == "sqlite" ? "sqlite:" + (folder_ / "db").string()
                                                         : "memory:";
        return Store::open(url, {.prefix = prefix_}).value();
    }
    static CacheOptions options() {
        CacheOptions options;
        options.store_timeout = 15s;  // a busy machine is no outage
        return options;
    }
    // A process of its own, whose memory is in use: it has heard of others.
    Cache join(const CacheOptions& options = PublicCacheTest::options()) const {
        Cache cache = Cache::open(open(), options).value();
        const auto deadline = std::chrono::steady_clock::now() + support::test_deadline;
        while (is_shared() && cache.stats().heard_age == 0ms &&
               std::chrono::steady_clock::now() < deadline)
            std::this_thread::yield();
        return cache;
    }
    static bool is_shared() { return GetParam() != "memory"; }

    static std::string get(const Cache& cache, const std::string& key) {
        const auto value = cache.get(key).value();
        return !value                 ? "(none)"
               : value->is_negative() ? "(negative)"
                                      : std::string(value->bytes());
    }
    // Whether `cache` comes to answer `value` before the deadline.
    static bool comes_to(const Cache& cache, const std::string& key, const std::string& value) {
        const auto deadline = std::chrono::steady_clock::now() + support::test_deadline;
        while (get(cache, key) != value)
            if (std::chrono::steady_clock::now() > deadline) return false;
        return true;
    }

private:
    const std::string prefix_ = "t" + base::make_uuid();
    const std::filesystem::path folder_ = std::filesystem::temp_directory_path() / prefix_;
};

INSTANTIATE_TEST_SUITE_P(On,
                         PublicCacheTest,
                         testing::Values("memory", "sqlite", "redis"),
                         [](const auto& tested) { return tested.param; });

/// On the stores that other processes see.
class SharedCacheTest : public PublicCacheTest {};
INSTANTIATE_TEST_SUITE_P(On,
                         SharedCacheTest,
                         testing::Values("sqlite", "redis"),
                         [](const auto& tested) { return tested.param; });

TEST_P(PublicCacheTest, KeepsFindsAndForgets) {
    Cache cache = join();
    EXPECT_EQ(get(cache, "k"), "(none)");

    ASSERT_TRUE(cache.set("k", "v"));
    EXPECT_EQ(get(cache, "k"), "v");
    ASSERT_TRUE(cache.set_negative("nothing"));
    EXPECT_EQ(get(cache, "nothing"), "(negative)");
    EXPECT_TRUE(*cache.remove("k"));
    EXPECT_FALSE(*cache.remove("k"));
    EXPECT_EQ(get(cache, "k"), "(none)");
    EXPECT_FALSE(cache.stats().is_store_away);
}

TEST_P(PublicCacheTest, AnyBytesAreAValue) {
    Cache cache = join();
    Cache other = is_shared() ? join() : cache;
    const std::string bytes("\0\r\n\xff{}\x01", 8);

    ASSERT_TRUE(cache.set("k", bytes));
    ASSERT_TRUE(cache.set("empty", ""));

    EXPECT_EQ(get(other, "k"), bytes);
    EXPECT_EQ(get(other, "empty"), "");
}

TEST_P(PublicCacheTest, TooLargeValuesAndBadKeysAreRefused) {
    Cache cache = join();

    EXPECT_EQ(cache.set("k", std::string(16u * 1024 * 1024 + 1, 'x')).error().code(),
              ErrorCode::limit_reached);
    EXPECT_EQ(cache.get("").error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(cache.invalidate_tag("").error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(cache.get_or_set("k", nullptr).error().code(), ErrorCode::invalid_argument);
}

TEST_P(PublicCacheTest, TwoOfOneNameOnOneStoreAreOneCache) {
    const Store store = open();
    Cache one = Cache::open(store, options()).value();
    Cache two = Cache::open(store, options()).value();
    CacheOptions others = options();
    others.ttl = 5s;

    ASSERT_TRUE(one.set("k", "v"));
    ASSERT_TRUE(two.get("k"));
    EXPECT_EQ(two.stats().sets, 1u);
    EXPECT_EQ(Cache::open(store, others).error().code(), ErrorCode::invalid_argument);
    others.name = "another";
    EXPECT_EQ(get(Cache::open(store, others).value(), "k"), "(none)");
}

TEST_P(SharedCacheTest, OthersSeeWhatIsSetRemovedAndInvalidated) {
    Cache one = join();
    Cache two = join();
    ASSERT_TRUE(one.set("list:1", "v", {.tags = {"t"}}));
    ASSERT_EQ(get(two, "list:1"), "v");

    ASSERT_TRUE(one.set("list:1", "w", {.tags = {"t"}}));
    EXPECT_TRUE(comes_to(two, "list:1", "w"));
    ASSERT_TRUE(one.remove("list:1"));
    EXPECT_TRUE(comes_to(two, "list:1", "(none)"));

    ASSERT_TRUE(one.set("list:1", "v", {.tags = {"t"}}));
    ASSERT_TRUE(comes_to(two, "list:1", "v"));
    ASSERT_TRUE(one.invalidate_tag("t"));
    EXPECT_TRUE(comes_to(two, "list:1", "(none)"));

    ASSERT_TRUE(one.set("list:1", "v"));
    ASSERT_TRUE(comes_to(two, "list:1", "v"));
    ASSERT_TRUE(one.invalidate_pattern("list:*"));
    EXPECT_TRUE(comes_to(two, "list:1", "(none)"));

    ASSERT_TRUE(one.set("list:1", "v"));
    ASSERT_TRUE(comes_to(two, "list:1", "v"));
    ASSERT_TRUE(one.clear());
    EXPECT_TRUE(comes_to(two, "list:1", "(none)"));
    EXPECT_EQ(get(one, "list:1"), "(none)");
}

TEST_P(PublicCacheTest, WhoStoresHasItInMemoryAtOnce) {
    Cache cache = join();
    ASSERT_TRUE(cache.set("k", "v"));
    ASSERT_EQ(get(cache, "k"), "v");
    ASSERT_TRUE(cache.get_or_set("l", [] { return Loaded("w"); }));
    ASSERT_EQ(get(cache, "l"), "w");

    EXPECT_TRUE(comes_to(cache, "k", "v"));
    EXPECT_GE(cache.stats().hits_memory, 1u);
}

TEST_P(PublicCacheTest, AThousandMissesInFourProcessesMakeOneLoad) {
    std::vector<Cache> processes;
    for (int i = 0; i < (is_shared() ? 4 : 1); ++i)
        processes.push_back(join());
    std::atomic<int> loads = 0;
    std::atomic<int> right = 0;
    Signal all_there;
    const CacheLoader loader = [&]() -> Result<Loaded> {
        ++loads;
        EXPECT_TRUE(all_there.wait());
        return Loaded("one");
    };

    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < 1'000; ++i)
        threads.emplace_back([&, i] {
            const auto value = processes[i % processes.size()].get_or_set("k", loader);
            right += value && value->bytes() == "one";
        });
    all_there.raise();
    threads.clear();

    EXPECT_EQ(loads, 1);
    EXPECT_EQ(right, 1'000);
}

TEST_P(SharedCacheTest, ALoadThatFailsInOneProcessIsTheNextOnesTurn) {
    Cache one = join();
    Cache two = join();
    Signal begun;
    Signal go;
    std::jthread failing([&] {
        const auto value = one.get_or_set("k", [&]() -> Result<Loaded> {
            begun.raise();
            go.wait();
            return Error(ErrorCode::failed, "no database");
        });
        EXPECT_FALSE(value);
    });
    ASSERT_TRUE(begun.wait());
    std::string answer;
    std::jthread waiting(
        [&] { answer = two.get_or_set("k", [] { return Loaded("mine"); }).value().bytes(); });
    go.raise();
    waiting.join();

    EXPECT_EQ(answer, "mine");
}

TEST_P(SharedCacheTest, ARemovalElsewhereKeepsALoadOutOfTheStore) {
    Cache one = join();
    Cache two = join();

    auto value = one.get_or_set("k", [&]() -> Result<Loaded> {
        EXPECT_TRUE(two.remove("k"));
        return Loaded("old");
    });

    EXPECT_EQ(value.value().bytes(), "old");
    EXPECT_EQ(get(one, "k"), "(none)");
    EXPECT_EQ(get(two, "k"), "(none)");
    EXPECT_EQ(one.stats().fills_refused, 1u);
}

TEST_P(PublicCacheTest, StatsAreToldAsJson) {
    Cache cache = join();
    ASSERT_TRUE(cache.set("k", "v"));
    ASSERT_TRUE(cache.get("k"));

    const std::string json = to_json(cache.stats()).text();

    EXPECT_EQ(json.find(R"({"name":"default","hits":1,"misses":0,"hitRate":1,"entries":1,)"), 0u)
        << json;
    EXPECT_TRUE(Json::parse(json));
}

}  // namespace
}  // namespace toril

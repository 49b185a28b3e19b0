#include "conformance_side/cache_backends.hpp"

#include "backend/redis/cache/cache_store.hpp"
#include "backend/sqlite/side/side_stores.hpp"
#include "base/uuid.hpp"
#include "conformance/redis_time.hpp"

#include <toril/redis/config.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace toril::conformance {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

CachePlace redis_place(const std::string& url) {
    const Result<redis::Config> config = redis::Config::from_url(url);
    if (!config) throw std::runtime_error(config.error().message());
    const std::string prefix = "conformance-" + base::make_uuid();
    auto time = std::make_shared<RedisTime>(*config, prefix);
    return {.open =
                [config = *config, prefix] {
                    return redis_store::open_cache_store(std::make_shared<redis::Factory>(config),
                                                         {.prefix = prefix});
                },
            .pass_time = [time](Millis by) { time->pass(by); },
            .clean_up = [time] { time->remove_all(); }};
}

// In memory where the system has such a place: each store syncs.
fs::path fast_folder() {
    const fs::path shared_memory = "/dev/shm";
    return fs::is_directory(shared_memory) ? shared_memory : fs::temp_directory_path();
}

CachePlace sqlite_place() {
    const fs::path folder = fast_folder() / ("toril-conformance-" + base::make_uuid());
    fs::create_directories(folder);
    return {.open =
                [file = (folder / "side.db").string()] {
                    return sqlite_side::open_side({.path = file}).cache;
                },
            .clean_up = [folder] { fs::remove_all(folder); }};
}

}  // namespace

std::vector<CacheBackend> cache_backends() {
    std::vector<CacheBackend> all;
    const CachePlace probe = sqlite_place();
    if (probe.open()) all.push_back({.name = "sqlite", .make = sqlite_place});
    probe.clean_up();
    const std::string url = environment("TORIL_TEST_REDIS_URL");
    if (!url.empty()) all.push_back({.name = "redis", .make = [url] { return redis_place(url); }});
    return all;
}

TEST(CacheBackends, AreAllThereThatThisRunRequires) {
    if (environment("TORIL_TEST_REQUIRE").find("redis") == std::string::npos) return;

    ASSERT_FALSE(cache_backends().empty()) << "set TORIL_TEST_REDIS_URL";
    EXPECT_EQ(cache_backends().back().name, "redis") << "set TORIL_TEST_REDIS_URL";
}

}  // namespace toril::conformance

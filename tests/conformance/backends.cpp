// The one file that names backends. A new one is a line in `backends()`.

#include "conformance/backends.hpp"

#include "backend/faulty/faulty_store.hpp"
#include "backend/memory/memory_store.hpp"
#include "backend/redis/redis_store.hpp"
#include "backend/sqlite/sqlite_store.hpp"
#include "base/uuid.hpp"
#include "conformance/redis_time.hpp"

#include <toril/redis/config.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string_view>

namespace toril::conformance {
namespace {

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

Backend memory_backend() {
    return {.name = "memory", .open = [](base::Clock clock) {
                return Opened{.store = memory::open_memory(std::move(clock))};
            }};
}

// In memory where the system has such a place: hundreds of stores are opened, each with syncs.
std::filesystem::path fast_folder() {
    const std::filesystem::path shared_memory = "/dev/shm";
    return std::filesystem::is_directory(shared_memory) ? shared_memory
                                                        : std::filesystem::temp_directory_path();
}

Backend sqlite_backend() {
    return {.name = "sqlite", .open = [](base::Clock clock) {
                namespace fs = std::filesystem;
                const fs::path folder = fast_folder() / ("toril-conformance-" + base::make_uuid());
                fs::create_directories(folder);
                auto store = sqlite::open_sqlite({.path = (folder / "jobs.db").string(),
                                                  .durability = contract::Durability::buffered,
                                                  .clock = std::move(clock)});
                if (!store) throw std::runtime_error(store.error().message());
                return Opened{.store = std::move(*store),
                              .clean_up = [folder] { fs::remove_all(folder); }};
            }};
}
Backend redis_backend(const std::string& url) {
    return {.name = "redis", .open = [url](const base::Clock&) {
                const Result<redis::Config> config = redis::Config::from_url(url);
                if (!config) throw std::runtime_error(config.error().message());
                const std::string prefix = "conformance-" + base::make_uuid();
                auto time = std::make_shared<RedisTime>(*config, prefix);
                return Opened{.store = redis_store::open_redis(*config, {.prefix = prefix}),
                              .pass_time = [time](Millis by) { time->pass(by); },
                              .clean_up = [time] { time->remove_all(); }};
            }};
}
Backend inside_faulty(const Backend& inner) {
    return {.name = inner.name + "_losing_answers", .open = [inner](base::Clock clock) {
                Opened opened = inner.open(std::move(clock));
                opened.store =
                    faulty::inject_faults(opened.store, faulty::forget_every_first_answer());
                return opened;
            }};
}

}  // namespace

std::vector<Backend> backends() {
    std::vector<Backend> all{memory_backend()};
    all.push_back(sqlite_backend());
    const std::string url = environment("TORIL_TEST_REDIS_URL");
    if (!url.empty()) all.push_back(redis_backend(url));
    return all;
}

std::vector<Backend> backends_under_test() {
    std::vector<Backend> all = backends();
    for (const Backend& bare : backends())
        all.push_back(inside_faulty(bare));
    return all;
}

TEST(Backends, AreAllThereThatThisRunRequires) {
    if (environment("TORIL_TEST_REQUIRE").find("redis") == std::string::npos) return;

    EXPECT_EQ(backends().back().name, "redis") << "set TORIL_TEST_REDIS_URL";
}

}  // namespace toril::conformance

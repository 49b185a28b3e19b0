// The one file that names backends of limits. A new one is a line in `limit_backends()`.

#include "conformance_side/limit_backends.hpp"

#include "backend/memory/limit_store.hpp"
#include "backend/redis/limit/limit_store.hpp"
#include "backend/sqlite/side/side_stores.hpp"
#include "base/uuid.hpp"
#include "conformance/redis_time.hpp"

#include <toril/redis/config.hpp>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace toril::conformance {
namespace {

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

LimitBackend memory_backend() {
    return {.name = "memory",
            .open = [] { return OpenedLimits{.store = memory::open_limit_store()}; }};
}

// In memory where the system has such a place.
std::filesystem::path fast_folder() {
    const std::filesystem::path shared_memory = "/dev/shm";
    return std::filesystem::is_directory(shared_memory) ? shared_memory
                                                        : std::filesystem::temp_directory_path();
}

LimitBackend sqlite_backend() {
    return {.name = "sqlite", .open = [] {
                namespace fs = std::filesystem;
                const fs::path folder = fast_folder() / ("toril-limits-" + base::make_uuid());
                fs::create_directories(folder);
                return OpenedLimits{
                    .store = sqlite_side::open_side({.path = (folder / "side.db").string()}).limits,
                    .clean_up = [folder] { fs::remove_all(folder); }};
            }};
}

LimitBackend redis_backend(const std::string& url) {
    return {.name = "redis", .open = [url] {
                const Result<redis::Config> config = redis::Config::from_url(url);
                if (!config) throw std::runtime_error(config.error().message());
                const std::string prefix = "limits-" + base::make_uuid();
                auto time = std::make_shared<RedisTime>(*config, prefix);
                return OpenedLimits{
                    .store = redis_store::open_limit_store(
                        std::make_shared<redis::Factory>(*config), {.prefix = prefix}),
                    .clean_up = [time] { time->remove_all(); }};
            }};
}

bool has_sqlite() {
    return sqlite_side::open_side({.path = (fast_folder() / "toril-limits-none").string()})
               .limits != nullptr;
}

}  // namespace

std::vector<LimitBackend> limit_backends() {
    std::vector<LimitBackend> all{memory_backend()};
    if (has_sqlite()) all.push_back(sqlite_backend());
    const std::string url = environment("TORIL_TEST_REDIS_URL");
    if (!url.empty()) all.push_back(redis_backend(url));
    return all;
}

TEST(LimitBackends, AreAllThereThatThisRunRequires) {
    if (environment("TORIL_TEST_REQUIRE").find("redis") == std::string::npos) return;

    EXPECT_EQ(limit_backends().back().name, "redis") << "set TORIL_TEST_REDIS_URL";
}

}  // namespace toril::conformance

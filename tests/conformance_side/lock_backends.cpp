// The one file that names backends of locks. A new one is a line in `lock_backends()`.

#include "conformance_side/lock_backends.hpp"

#include "backend/memory/lock_store.hpp"
#include "backend/redis/lock/lock_store.hpp"
#include "backend/sqlite/side/side_stores.hpp"
#include "base/uuid.hpp"
#include "conformance/redis_time.hpp"
#include "support/signal.hpp"

#include <toril/redis/config.hpp>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace toril::conformance {
namespace {

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

LockBackend memory_backend() {
    return {.name = "memory", .open = [] {
                auto passed = std::make_shared<std::atomic<std::int64_t>>(0);
                memory::LockClocks clocks = memory::LockClocks::real();
                clocks.steady = [passed] {
                    return std::chrono::steady_clock::time_point(Millis{passed->load()});
                };
                return OpenedLocks{.store = memory::open_lock_store(clocks),
                                   .pass_time = [passed](Millis by) { *passed += by.count(); }};
            }};
}

// In memory where the system has such a place.
std::filesystem::path fast_folder() {
    const std::filesystem::path shared_memory = "/dev/shm";
    return std::filesystem::is_directory(shared_memory) ? shared_memory
                                                        : std::filesystem::temp_directory_path();
}

// Its clock is the machine's: a lock that nobody renews tells when the time is over.
void wait_out(contract::LockStore& store, Millis time) {
    const std::string key = "time-" + base::make_uuid();
    support::Signal answered;
    store.acquire({.key = key, .token = "t", .ttl = time, .timeout = Millis{5'000}},
                  [&](const Result<contract::AcquireAnswer>&) { answered.raise(); });
    answered.wait();
    const auto watcher = store.watch(contract::LockKind::lock, key);
    for (bool is_held = true; is_held;) {
        support::Signal waited;
        watcher->wait(time, [&](const Status&) { waited.raise(); });
        waited.wait();
        support::Signal looked;
        store.status(key, Millis{5'000}, [&](const auto& holder) {
            is_held = holder && *holder;
            looked.raise();
        });
        looked.wait();
    }
}

LockBackend sqlite_backend() {
    return {.name = "sqlite", .open = [] {
                namespace fs = std::filesystem;
                const fs::path folder = fast_folder() / ("toril-locks-" + base::make_uuid());
                fs::create_directories(folder);
                auto store = sqlite_side::open_side({.path = (folder / "side.db").string()}).locks;
                return OpenedLocks{.store = store,
                                   .ttl = Millis{600},
                                   .pass_time = [store](Millis by) { wait_out(*store, by); },
                                   .clean_up = [folder] { fs::remove_all(folder); }};
            }};
}

LockBackend redis_backend(const std::string& url) {
    return {.name = "redis", .open = [url] {
                const Result<redis::Config> config = redis::Config::from_url(url);
                if (!config) throw std::runtime_error(config.error().message());
                const std::string prefix = "locks-" + base::make_uuid();
                auto time = std::make_shared<RedisTime>(*config, prefix);
                return OpenedLocks{
                    .store = redis_store::open_lock_store(std::make_shared<redis::Factory>(*config),
                                                          {.prefix = prefix}),
                    .pass_time = [time](Millis by) { time->pass(by); },
                    .clean_up = [time] { time->remove_all(); }};
            }};
}

bool has_sqlite() {
    return sqlite_side::open_side({.path = (fast_folder() / "toril-locks-none").string()}).locks !=
           nullptr;
}

}  // namespace

std::vector<LockBackend> lock_backends() {
    std::vector<LockBackend> all{memory_backend()};
    if (has_sqlite()) all.push_back(sqlite_backend());
    const std::string url = environment("TORIL_TEST_REDIS_URL");
    if (!url.empty()) all.push_back(redis_backend(url));
    return all;
}

TEST(LockBackends, AreAllThereThatThisRunRequires) {
    if (environment("TORIL_TEST_REQUIRE").find("redis") == std::string::npos) return;

    EXPECT_EQ(lock_backends().back().name, "redis") << "set TORIL_TEST_REDIS_URL";
}

}  // namespace toril::conformance

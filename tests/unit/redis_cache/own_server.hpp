#pragma once

// A cache on a server of the test's own, which may be hurt.

#include "backend/redis/cache/cache_store.hpp"
#include "conformance_side/cache_client.hpp"
#include "support/redis_server.hpp"

#include <toril/redis/config.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace toril::redis_store {

using namespace std::chrono_literals;
using conformance::CacheClient;
using conformance::CacheFound;
using conformance::Ear;
using conformance::Lines;
using conformance::Loan;

inline redis::Config config_of(const std::string& url) {
    redis::Config config = *redis::Config::from_url(url);
    config.reconnect.max = 100ms;
    return config;
}

inline std::shared_ptr<contract::CacheStore> open_cache(const redis::Config& config,
                                                        LogSink log = {}) {
    return open_cache_store(std::make_shared<redis::Factory>(config, log),
                            {.prefix = "t", .log = log});
}

inline std::string entry_key(const std::string& key) {
    return "t:toril:cache:{tasks}:e:" + key;
}
inline std::string lease_key(const std::string& key) {
    return "t:toril:cache:{tasks}:l:" + key;
}
inline const std::string marks_key = "t:toril:cache:{tasks}:marks";

struct OwnServer {
    testing::RedisServer server{};
};

class OwnServerTest : public ::testing::Test, protected OwnServer, protected CacheClient {
protected:
    OwnServerTest() : CacheClient(open_cache(config_of(server.url()))) {}
    ~OwnServerTest() override {
        store->close(Millis{0});
        other->close(Millis{0});
    }

    /// What one call answers that may fail.
    Result<contract::CacheAnswer> try_get(const std::string& key,
                                          Millis timeout,
                                          Millis lease = 0ms) {
        return base::wait_for_answer<Result<contract::CacheAnswer>>(60s, [&](auto done) {
            store->get({.cache = cache,
                        .keys = {key},
                        .lease = lease,
                        .token = "token",
                        .timeout = timeout},
                       std::move(done));
        });
    }
    Result<contract::CacheGeneration> try_invalidate(const std::string& tag) {
        return base::wait_for_answer<Result<contract::CacheGeneration>>(60s, [&](auto done) {
            store->invalidate({.cache = cache, .marks = {conformance::tag(tag)}, .timeout = 10s},
                              std::move(done));
        });
    }
    /// Calls until one is answered: the link mends itself.
    bool comes_back() {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (std::chrono::steady_clock::now() < deadline)
            if (try_get("a", 1s)) return true;
        return false;
    }

    std::shared_ptr<contract::CacheStore> other = open_cache(config_of(server.url()));
};

inline bool has(const Lines& lines, std::string_view line) {
    return std::find(lines.begin(), lines.end(), line) != lines.end();
}

}  // namespace toril::redis_store

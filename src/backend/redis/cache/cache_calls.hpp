#pragma once

// What is asked of a cache on one connection, by scripts.

#include "backend/redis/cache/cache_keys.hpp"
#include "backend/redis/cache/incarnations.hpp"
#include "contract/cache_store.hpp"

#include <toril/redis/connection.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

namespace toril::redis_store {

/// Threads:  any.
/// Lifetime: the connection must be closed before this ends.
class CacheCalls {
public:
    CacheCalls(redis::Connection& connection, CacheKeys keys)
        : connection_(connection), keys_(std::move(keys)) {}

    void get(contract::CacheGetParams params, contract::Done<contract::CacheAnswer> done);
    void set(contract::CacheSetParams params, contract::Done<bool> stored);
    void give_back(const std::string& cache, const std::string& key, const std::string& token);
    void remove(contract::CacheKeys keys, contract::Done<std::size_t> removed);
    void expire(contract::CacheKeys keys, contract::Done<std::size_t> expired);
    void invalidate(const contract::CacheInvalidateParams& params,
                    contract::Done<contract::CacheGeneration> done);

private:
    struct Reading;
    struct Storing;
    struct Changing;
    void read_on(std::shared_ptr<Reading> reading);
    void note(Reading& reading, const redis::Value& answer, std::size_t count);
    void drop_damaged(const Reading& reading, std::size_t index, std::string_view bytes);
    void store(std::shared_ptr<Storing> storing, bool whole);
    void change_on(std::shared_ptr<Changing> changing);

    redis::Connection& connection_;
    const CacheKeys keys_;
    Incarnations incarnations_{};
    std::atomic<bool> knows_set_{false};  // some server has run the script; it may forget it
};

}  // namespace toril::redis_store

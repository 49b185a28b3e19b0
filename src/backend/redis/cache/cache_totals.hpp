#pragma once

// What all processes counted of a cache, and how much of it there is.

#include "backend/redis/cache/cache_keys.hpp"
#include "contract/cache_store.hpp"

#include <toril/redis/connection.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace toril::redis_store {

/// Threads:  any.
/// Lifetime: the connection must be closed before this ends.
class CacheTally {
public:
    CacheTally(redis::Connection& connection, CacheKeys keys)
        : connection_(connection), keys_(std::move(keys)) {}

    void add(const std::string& cache,
             const std::map<std::string, std::uint64_t>& counts,
             Millis timeout,
             contract::DoneStatus done);
    void read(const std::string& cache, Millis timeout, contract::Done<contract::CacheTotals> done);

private:
    struct Reading;
    void scan(std::shared_ptr<Reading> reading);
    void measure(std::shared_ptr<Reading> reading, const redis::Value& names);

    redis::Connection& connection_;
    const CacheKeys keys_;
};

}  // namespace toril::redis_store

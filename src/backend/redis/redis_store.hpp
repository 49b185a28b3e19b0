#pragma once

// The job store on Redis: BullMQ's keys, encodings and events, moved by our own scripts. Node
// programs with BullMQ 5 and 6 share its queues. docs/internals/redis-keys.md has the keys.

#include "contract/job_store.hpp"

#include <toril/log.hpp>
#include <toril/redis/config.hpp>
#include <toril/redis/connection.hpp>
#include <toril/time.hpp>

#include <memory>
#include <string>

namespace toril::redis_store {

struct RedisStoreOptions {
    std::string prefix = "bull";
    LogSink log{};
    Millis command_timeout{15'000};  ///< Longest wait for an answer, the link's mending included.
};

/// Never fails: it connects in the background, and until then commands wait for the link.
std::shared_ptr<contract::JobStore> open_redis(const redis::Config& config,
                                               const RedisStoreOptions& options);

/// The same on the connections of a factory that others use too.
std::shared_ptr<contract::JobStore> open_redis(std::shared_ptr<redis::Factory> factory,
                                               const RedisStoreOptions& options);

}  // namespace toril::redis_store

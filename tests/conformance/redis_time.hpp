#pragma once

// Time on a server whose clock no test can move: what would have expired is made to expire.

#include <toril/redis/config.hpp>
#include <toril/time.hpp>

#include <string>

struct redisContext;

namespace toril::conformance {

/// A connection of its own (hiredis), for the keys under one prefix.
class RedisTime {
public:
    RedisTime(const redis::Config& config, std::string prefix);
    ~RedisTime();
    RedisTime(const RedisTime&) = delete;
    RedisTime& operator=(const RedisTime&) = delete;

    /// Shortens what every key has left to live.
    void pass(Millis by);
    void remove_all();

private:
    void run(const std::string& script, const std::string& argument);

    const std::string prefix_;
    redisContext* context_;
};

}  // namespace toril::conformance

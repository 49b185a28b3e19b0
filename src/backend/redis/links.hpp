#pragma once

// The connections of one store, shared with its watchers.

#include "backend/redis/delayed_calls.hpp"

#include <toril/redis/connection.hpp>

#include <utility>

namespace toril::redis_store {

/// Members end in this order: pauses (whose calls may need a connection), then connections.
struct Links {
    Links(redis::Config config, LogSink log)
        : factory(std::move(config), std::move(log)),
          commands(factory.open(redis::Profile::api, "jobs")) {}

    redis::Factory factory;
    redis::Connection commands;
    DelayedCalls pauses{};
};

}  // namespace toril::redis_store

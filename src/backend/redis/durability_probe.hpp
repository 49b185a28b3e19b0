#pragma once

// What an acknowledged write survives on this server: asked in the background with each new
// link, as it is the server's own setting.

#include "contract/job_store.hpp"

#include <toril/redis/connection.hpp>

#include <atomic>

namespace toril::redis_store {

/// Lifetime: the connection must be closed before this ends.
class DurabilityProbe {
public:
    explicit DurabilityProbe(redis::Connection& connection) : connection_(connection) {}

    /// Asks now, and again whenever the link comes back.
    void start();
    contract::Durability durability() const noexcept {
        return durability_.load(std::memory_order_relaxed);
    }

private:
    void ask_settings();
    void ask_persistence();

    redis::Connection& connection_;
    // Stands for itself: nothing else is published with it.
    std::atomic<contract::Durability> durability_{contract::Durability::unknown};
};

}  // namespace toril::redis_store

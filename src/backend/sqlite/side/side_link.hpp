#pragma once

// How the side file, or the jobs' database, is doing, for health.

#include "backend/sqlite/database.hpp"
#include "base/mutex.hpp"

#include <toril/health.hpp>
#include <toril/result.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace toril::sqlite_side {

/// What an error says about a database.
HealthReason reason_of(const Error& error);

/// Threads: any.
class SideLink {
public:
    using SteadyTime = std::chrono::steady_clock::time_point;

    SideLink(std::string role, std::string name);

    /// Something was done, in so much time.
    void succeeded(std::chrono::microseconds took);
    void failed(HealthReason reason, std::string detail);

    LinkHealth health(std::size_t waiting) const;
    /// Called after each change of the state, with no lock held.
    void listen(std::weak_ptr<void> owner, std::function<void()> listener);

private:
    enum class State : unsigned char { idle, ready, degraded };

    // REQUIRES: `mutex_` is not held.
    void tell();

    const std::string role_;
    const std::string name_;

    mutable base::Mutex mutex_;
    State state_ TORIL_GUARDED_BY(mutex_) = State::idle;
    HealthReason reason_ TORIL_GUARDED_BY(mutex_) = HealthReason::none;
    std::string detail_ TORIL_GUARDED_BY(mutex_){};
    SteadyTime since_ TORIL_GUARDED_BY(mutex_) = std::chrono::steady_clock::now();
    std::optional<SteadyTime> last_ok_ TORIL_GUARDED_BY(mutex_){};
    std::chrono::microseconds rtt_ TORIL_GUARDED_BY(mutex_){0};
    struct Counts {
        std::uint64_t connects = 0;
        std::uint64_t disconnects = 0;
        std::uint64_t timeouts = 0;
    };
    Counts counts_ TORIL_GUARDED_BY(mutex_){};
    struct Listener {
        std::weak_ptr<void> owner{};
        std::function<void()> call{};
    };
    std::vector<Listener> listeners_ TORIL_GUARDED_BY(mutex_){};
};

}  // namespace toril::sqlite_side

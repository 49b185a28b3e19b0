#pragma once

// The last report. Who asks copies a pointer: whatever the store does, that is all it costs.

#include "base/mutex.hpp"

#include <toril/health.hpp>

#include <chrono>
#include <memory>
#include <utility>

namespace toril::health {

/// Threads: any.
class Snapshot {
public:
    using Pointer = std::shared_ptr<const HealthReport>;

    explicit Snapshot(HealthReport first)
        : report_(std::make_shared<const HealthReport>(std::move(first))) {}

    Pointer get() const {
        base::MutexLock lock(mutex_);
        return report_;
    }

    void set(HealthReport report, bool is_known) {
        auto pointer = std::make_shared<const HealthReport>(std::move(report));
        base::MutexLock lock(mutex_);
        std::swap(report_, pointer);  // the old one ends after the lock
        if (std::exchange(is_known_, is_known) != is_known) known_.notify_all();
    }

    Pointer wait_until_known(Millis at_most) const {
        const auto by = std::chrono::steady_clock::now() + at_most;
        base::MutexLock lock(mutex_);
        while (!is_known_ && std::chrono::steady_clock::now() < by)
            known_.wait_until(mutex_, by);
        return report_;
    }

private:
    mutable base::Mutex mutex_{};
    mutable base::Condition known_{};
    Pointer report_ TORIL_GUARDED_BY(mutex_);
    bool is_known_ TORIL_GUARDED_BY(mutex_) = false;
};

}  // namespace toril::health

#pragma once

// Finds out when a store that is away is back, so that no caller has to: one thread that sleeps
// while the store is there.

#include "base/mutex.hpp"

#include <toril/time.hpp>

#include <functional>
#include <memory>
#include <thread>

namespace toril::throttle {

/// Says that the store is away. It outlives the scout in the hands of late answers.
///
/// Threads: any.
class AwaySignal {
public:
    void raise();
    /// For the scout: until it is raised; false: the end.
    bool wait();
    /// Until `pause` has passed; false: the end.
    bool sleep(Millis pause);
    void end();

private:
    base::Mutex mutex_{};
    base::Condition changed_{};
    bool raised_ TORIL_GUARDED_BY(mutex_) = false;
    bool ended_ TORIL_GUARDED_BY(mutex_) = false;
};

class Scout {
public:
    /// `look` answers whether the store is back; it blocks for its own deadline.
    Scout(std::shared_ptr<AwaySignal> away, std::function<bool()> look);
    ~Scout();
    Scout(const Scout&) = delete;
    Scout& operator=(const Scout&) = delete;

private:
    void run(const std::function<bool()>& look);

    const std::shared_ptr<AwaySignal> away_;
    std::thread thread_;
};

}  // namespace toril::throttle

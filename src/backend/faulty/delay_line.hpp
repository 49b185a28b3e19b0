#pragma once

// Runs what it is given a little later, in order, on a thread of its own.

#include "base/mutex.hpp"

#include <toril/time.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

namespace toril::faulty {

class DelayLine : public std::enable_shared_from_this<DelayLine> {
public:
    explicit DelayLine(Millis delay) : delay_(delay) {}

    void later(std::function<void()> call);

    /// Runs what is left at once, and ends: on the line's own thread, when that has run it.
    /// Later calls run on the calling thread.
    void end();

private:
    using Clock = std::chrono::steady_clock;

    void run();

    const Millis delay_;
    base::Mutex mutex_;
    base::Condition changed_;
    std::deque<std::pair<Clock::time_point, std::function<void()>>> calls_ TORIL_GUARDED_BY(mutex_);
    std::thread thread_ TORIL_GUARDED_BY(mutex_);
    bool ended_ TORIL_GUARDED_BY(mutex_) = false;
};

}  // namespace toril::faulty

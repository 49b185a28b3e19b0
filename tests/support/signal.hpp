#pragma once

// Things that happen on other threads, waited for by name and with a deadline.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace toril::support {

/// Longer than anything that works takes, on a busy machine and under sanitizers too.
inline constexpr std::chrono::seconds test_deadline{20};

/// Counts how often something happened. Threads: any.
class Signal {
public:
    void raise() {
        // Told under the lock, so that a waiter may destroy the signal as soon as it is told.
        const std::lock_guard lock(mutex_);
        ++count_;
        raised_.notify_all();
    }

    /// False: it did not happen `times` times (in all) before the deadline.
    bool wait(std::size_t times = 1) {
        std::unique_lock lock(mutex_);
        return raised_.wait_for(lock, test_deadline, [&] { return count_ >= times; });
    }

    std::size_t count() const {
        const std::lock_guard lock(mutex_);
        return count_;
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable raised_;
    std::size_t count_ = 0;
};

}  // namespace toril::support

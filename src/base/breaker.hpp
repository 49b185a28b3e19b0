#pragma once

// Whether to ask a store that failed: not for a while after some failures, then by one call that
// finds out. No I/O; time is an argument.
//
//     state      goes on when                       to
//     closed     `failures_max` failures in a row   open
//     open       `pause` has passed, one asks       half open: that one may, others may not
//     half open  that one succeeds                  closed
//     half open  that one fails                     open, for longer: twice, up to `pause_max`

#include "base/mutex.hpp"

#include <toril/time.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>

namespace toril::base {

struct BreakerOptions {
    int failures_max = 2;
    Millis pause{100};
    Millis pause_max{1'000};
};

/// Threads: any.
class Breaker {
public:
    using Time = std::chrono::steady_clock::time_point;

    explicit Breaker(BreakerOptions options = {}) : options_(options), pause_(options.pause) {}

    /// Whether the store may be asked now. True is to be followed by `succeeded` or `failed`.
    bool may_ask(Time now) {
        if (closed_.load(std::memory_order_relaxed)) return true;
        MutexLock lock(mutex_);
        if (closed_.load(std::memory_order_relaxed)) return true;
        if (asking_ && now < asked_at_ + options_.pause_max) return false;
        if (now < open_until_) return false;
        asking_ = true;
        asked_at_ = now;
        return true;
    }

    void succeeded() {
        if (closed_.load(std::memory_order_relaxed) &&
            failures_.load(std::memory_order_relaxed) == 0)
            return;
        MutexLock lock(mutex_);
        failures_.store(0, std::memory_order_relaxed);
        asking_ = false;
        pause_ = options_.pause;
        closed_.store(true, std::memory_order_relaxed);
    }

    void failed(Time now) {
        MutexLock lock(mutex_);
        const bool was_closed = closed_.load(std::memory_order_relaxed);
        const int failures = failures_.fetch_add(1, std::memory_order_relaxed) + 1;
        if (was_closed && failures < options_.failures_max) return;
        closed_.store(false, std::memory_order_relaxed);
        if (!was_closed && !asking_) return;  // a late answer of before
        asking_ = false;
        open_until_ = now + pause_;
        pause_ = std::min(pause_ * 2, options_.pause_max);
    }

    bool is_closed() const noexcept { return closed_.load(std::memory_order_relaxed); }

private:
    const BreakerOptions options_;
    // Relaxed: a caller that reads the old value asks once more, or once less.
    std::atomic<bool> closed_{true};
    std::atomic<int> failures_{0};
    Mutex mutex_{};
    bool asking_ TORIL_GUARDED_BY(mutex_) = false;
    Time asked_at_ TORIL_GUARDED_BY(mutex_){};
    Time open_until_ TORIL_GUARDED_BY(mutex_){};
    Millis pause_ TORIL_GUARDED_BY(mutex_);
};

}  // namespace toril::base

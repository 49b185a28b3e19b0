#pragma once

// Calls that are made a little later, on a thread of their own: the end of a wait to the
// millisecond (a server ends a block up to 100 ms late), and pauses before an answer that would
// otherwise be asked for again and again. The thread starts with the first call.

#include "base/mutex.hpp"

#include <toril/time.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <thread>
#include <utility>

namespace toril::base {

/// Threads: any method, from any thread; calls run on the thread of this.
class DelayedCalls {
public:
    /// When, and a number that no other call has.
    using Key = std::pair<std::chrono::steady_clock::time_point, std::uint64_t>;

    DelayedCalls() = default;
    ~DelayedCalls();  // makes the calls that are left, at once
    DelayedCalls(const DelayedCalls&) = delete;
    DelayedCalls& operator=(const DelayedCalls&) = delete;

    Key after(Millis pause, std::function<void()> call);
    /// It will not be made, unless it was or is being made already.
    void cancel(const Key& key);

private:
    void run();

    Mutex mutex_;
    Condition changed_;
    std::map<Key, std::function<void()>> calls_ TORIL_GUARDED_BY(mutex_){};
    std::uint64_t count_ TORIL_GUARDED_BY(mutex_) = 0;
    // Until when the thread sleeps: it is not woken for what comes later, nor for what is
    // cancelled.
    std::chrono::steady_clock::time_point wakes_at_ TORIL_GUARDED_BY(mutex_){};
    bool ending_ TORIL_GUARDED_BY(mutex_) = false;
    std::thread thread_ TORIL_GUARDED_BY(mutex_){};
};

}  // namespace toril::base

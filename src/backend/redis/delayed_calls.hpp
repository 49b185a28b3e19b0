#pragma once

// Calls that are made a little later, on a thread of their own. For pauses before an answer
// that would otherwise be asked for again and again; rare, so the thread starts with the first.

#include "base/mutex.hpp"

#include <toril/time.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <thread>

namespace toril::redis_store {

/// Threads: any method, from any thread; calls run on the thread of this.
class DelayedCalls {
public:
    DelayedCalls() = default;
    ~DelayedCalls();  // makes the calls that are left, at once
    DelayedCalls(const DelayedCalls&) = delete;
    DelayedCalls& operator=(const DelayedCalls&) = delete;

    void after(Millis pause, std::function<void()> call);

private:
    void run();

    base::Mutex mutex_;
    base::Condition changed_;
    std::multimap<std::chrono::steady_clock::time_point, std::function<void()>> calls_
        TORIL_GUARDED_BY(mutex_){};
    bool ending_ TORIL_GUARDED_BY(mutex_) = false;
    std::thread thread_ TORIL_GUARDED_BY(mutex_){};
};

}  // namespace toril::redis_store

#pragma once

// Blocking calls about one queue, for handlers and for those who wait for a worker. A handler
// that outlives its worker finds the port closed, not a store that is gone.

#include "base/mutex.hpp"
#include "base/sync.hpp"
#include "contract/job_store.hpp"

#include <toril/result.hpp>

#include <memory>
#include <string>
#include <utility>

namespace toril::worker {

/// The store was not reached, or we do not know: the same call is harmless, and may succeed.
inline bool is_worth_repeating(ErrorCode code) {
    return code == ErrorCode::unavailable || code == ErrorCode::outcome_unknown ||
           code == ErrorCode::timed_out || code == ErrorCode::cancelled;
}

/// Threads: any method, from any thread, at the same time.
class StorePort {
public:
    StorePort(std::shared_ptr<contract::JobStore> store, std::string queue, Millis timeout)
        : queue_(std::move(queue)), timeout_(timeout), store_(std::move(store)) {}

    /// `start(store, done)` begins the call. Errors: `cancelled` once closed.
    template <class R, class Start>
    R ask(Start start) const {
        const std::shared_ptr<contract::JobStore> store = open_store();
        if (!store) return Error(ErrorCode::cancelled, "the worker is closed");
        return base::wait_for_answer<R>(timeout_, [&](auto done) { start(*store, done); });
    }

    contract::JobRef ref(const JobId& id) const { return {queue_, id}; }
    const std::string& queue() const noexcept { return queue_; }

    void close() {
        std::shared_ptr<contract::JobStore> store;  // ends after the lock
        base::MutexLock lock(mutex_);
        store.swap(store_);
    }

private:
    std::shared_ptr<contract::JobStore> open_store() const {
        base::MutexLock lock(mutex_);
        return store_;
    }

    const std::string queue_;
    const Millis timeout_;
    mutable base::Mutex mutex_;
    std::shared_ptr<contract::JobStore> store_ TORIL_GUARDED_BY(mutex_);
};

}  // namespace toril::worker

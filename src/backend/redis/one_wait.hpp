#pragma once

// The one wait of a watcher: who asked, and whether anybody still does.

#include "base/mutex.hpp"
#include "contract/job_store.hpp"

#include <optional>
#include <utility>

namespace toril::redis_store {

/// Threads: any. The callbacks are made with no lock held.
class OneWait {
public:
    using Done = contract::Done<Timestamp>;

    /// False: interrupted, and `done` has been told.
    bool begin(Done done) {
        {
            base::MutexLock lock(mutex_);
            if (!interrupted_) {
                done_ = std::move(done);
                return true;
            }
        }
        done(cancelled());
        return false;
    }

    /// False: nobody waits any more.
    bool end(Result<Timestamp> answer) {
        Done done = take(false);
        if (!done) return false;
        done(std::move(answer));
        return true;
    }

    /// True: a wait was under way and has been told.
    bool interrupt() {
        Done done = take(true);
        if (!done) return false;
        done(cancelled());
        return true;
    }

    bool is_under_way() {
        base::MutexLock lock(mutex_);
        return static_cast<bool>(done_);
    }

private:
    static Error cancelled() { return {ErrorCode::cancelled, "the wait was interrupted"}; }

    Done take(bool for_good) {
        base::MutexLock lock(mutex_);
        interrupted_ = interrupted_ || for_good;
        return std::exchange(done_, nullptr);
    }

    base::Mutex mutex_;
    Done done_ TORIL_GUARDED_BY(mutex_){};
    bool interrupted_ TORIL_GUARDED_BY(mutex_) = false;
};

}  // namespace toril::redis_store

#pragma once

// The one wait of a watcher: who asked, and whether anybody still does.

#include "base/mutex.hpp"
#include "contract/job_store.hpp"

#include <cstdint>
#include <utility>

namespace toril::redis_store {

/// Threads: any. The callbacks are made with no lock held.
class OneWait {
public:
    using Done = contract::Done<Timestamp>;

    /// The number of this wait. 0: interrupted, and `done` has been told.
    std::uint64_t begin(Done done) {
        {
            base::MutexLock lock(mutex_);
            if (!interrupted_) {
                done_ = std::move(done);
                return ++number_;
            }
        }
        done(cancelled());
        return 0;
    }

    /// False: wait `number` has ended before.
    bool end(std::uint64_t number, Result<Timestamp> answer) {
        Done done;
        {
            base::MutexLock lock(mutex_);
            if (number == number_) done = std::exchange(done_, nullptr);
        }
        if (!done) return false;
        done(std::move(answer));
        return true;
    }

    bool is_under_way(std::uint64_t number) {
        base::MutexLock lock(mutex_);
        return number == number_ && done_ != nullptr;
    }

    /// True: a wait was under way and has been told.
    bool interrupt() {
        Done done;
        {
            base::MutexLock lock(mutex_);
            interrupted_ = true;
            done = std::exchange(done_, nullptr);
        }
        if (!done) return false;
        done(cancelled());
        return true;
    }

private:
    static Error cancelled() { return {ErrorCode::cancelled, "the wait was interrupted"}; }

    base::Mutex mutex_;
    Done done_ TORIL_GUARDED_BY(mutex_){};
    std::uint64_t number_ TORIL_GUARDED_BY(mutex_) = 0;
    bool interrupted_ TORIL_GUARDED_BY(mutex_) = false;
};

}  // namespace toril::redis_store

#pragma once

// One lock, or one run of a record, that is ours: what its handle and the keeper share.

#include "base/mutex.hpp"
#include "contract/lock_store.hpp"
#include "lock/lease.hpp"

#include <stop_token>

namespace toril::lock {

/// Threads: any. Whoever stops it runs the callbacks of the stop token: with no lock held, and
///          never on a thread of the store.
class Holding {
public:
    using Time = BootClock::time_point;
    enum class Step : unsigned char {
        rest,   // nothing is to be done before `wakes_at`
        renew,  // ask the store; `granted` or `failed` is to follow
        over,   // the time is over, and it is lost
        none,   // it has ended
    };

    Holding(contract::LockRef ref, const Lease& lease) : ref_(std::move(ref)), lease_(lease) {}

    const contract::LockRef& ref() const noexcept { return ref_; }
    std::stop_token stop_token() const noexcept { return stop_.get_token(); }
    bool is_held(Time now) const;
    Millis remaining(Time now) const;

    Step look(Time now);
    void granted(Time asked_at);
    void failed(Time now);
    void renew_at_once();
    Time wakes_at() const;
    Millis patience(Time now) const;

    /// Released, or left as it is: nobody renews it any more. False: it had ended, or was lost.
    bool end();
    /// False: it had ended, or was lost, before.
    bool lose();
    void stop() { stop_.request_stop(); }

private:
    enum class State : unsigned char { held, lost, ended };

    const contract::LockRef ref_;
    std::stop_source stop_{};
    mutable base::Mutex mutex_{};
    Lease lease_ TORIL_GUARDED_BY(mutex_);
    State state_ TORIL_GUARDED_BY(mutex_) = State::held;
};

}  // namespace toril::lock

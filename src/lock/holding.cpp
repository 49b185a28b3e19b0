#include "lock/holding.hpp"

namespace toril::lock {

bool Holding::is_held(Time now) const {
    base::MutexLock lock(mutex_);
    return state_ == State::held && !lease_.is_over(now);
}

Millis Holding::remaining(Time now) const {
    base::MutexLock lock(mutex_);
    if (state_ != State::held) return Millis{0};
    return std::max(Millis{0}, std::chrono::floor<Millis>(lease_.ends() - now));
}

Holding::Step Holding::look(Time now) {
    base::MutexLock lock(mutex_);
    if (state_ != State::held) return Step::none;
    if (lease_.is_over(now)) return Step::over;
    if (!lease_.wants_renewal(now)) return Step::rest;
    lease_.asked();
    return Step::renew;
}

void Holding::granted(Time asked_at) {
    base::MutexLock lock(mutex_);
    lease_.granted(asked_at);
}

void Holding::failed(Time now) {
    base::MutexLock lock(mutex_);
    lease_.failed(now);
}

void Holding::renew_at_once() {
    base::MutexLock lock(mutex_);
    lease_.renew_at_once();
}

Holding::Time Holding::wakes_at() const {
    base::MutexLock lock(mutex_);
    return lease_.wakes_at();
}

Millis Holding::patience(Time now) const {
    base::MutexLock lock(mutex_);
    return lease_.patience(now);
}

bool Holding::end() {
    base::MutexLock lock(mutex_);
    const bool was_held = state_ == State::held;
    state_ = State::ended;
    return was_held;
}

bool Holding::lose() {
    base::MutexLock lock(mutex_);
    if (state_ != State::held) return false;
    state_ = State::lost;
    return true;
}

}  // namespace toril::lock

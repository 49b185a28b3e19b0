#include "lock/lock_impl.hpp"

#include <unistd.h>

#include <utility>

namespace toril {

using lock::BootClock;

std::string_view to_string(LockOutcome outcome) noexcept {
    switch (outcome) {
        case LockOutcome::held: return "held";
        case LockOutcome::busy: return "busy";
        case LockOutcome::degraded: return "degraded";
    }
    return "unknown";
}

std::string_view to_string(WhenAway when_away) noexcept {
    switch (when_away) {
        case WhenAway::closed: return "closed";
        case WhenAway::open: return "open";
        case WhenAway::local: return "local";
    }
    return "unknown";
}

std::string_view to_string(LockRelease release) noexcept {
    switch (release) {
        case LockRelease::released: return "released";
        case LockRelease::expired: return "expired";
        case LockRelease::lost: return "lost";
        case LockRelease::unknown: return "unknown";
    }
    return "unknown";
}

// ---- what a handle is ---------------------------------------------------------------------------

Lock::Impl::Impl(std::shared_ptr<lock::Core> core,
                 std::shared_ptr<lock::Holding> holding,
                 std::uint64_t fence,
                 Millis store_timeout,
                 std::optional<lock::HostLock> host)
    : core_(std::move(core)),
      holding_(std::move(holding)),
      fence_(fence),
      timeout_(store_timeout),
      process_(::getpid()),
      host_(std::move(host)) {
    ++core_->counters().holding;
}

Lock::Impl::~Impl() {
    if (!is_this_process()) {
        base::MutexLock lock(mutex_);
        if (host_) host_->disown();
        return;
    }
    if (end() && holding_) core_->release_later(holding_, timeout_);
}

// A child of a fork has a copy of the handle, and no right to the lock.
bool Lock::Impl::is_this_process() const noexcept {
    return ::getpid() == process_;
}

// False: it was released, or left, before.
bool Lock::Impl::end() {
    base::MutexLock lock(mutex_);
    if (std::exchange(ended_, true)) return false;
    --core_->counters().holding;
    return true;
}

bool Lock::Impl::is_held() const noexcept {
    if (!is_this_process()) return false;
    if (holding_) return holding_->is_held(BootClock::now());
    base::MutexLock lock(mutex_);
    return host_.has_value();
}

Millis Lock::Impl::remaining() const noexcept {
    if (!is_held()) return Millis{0};
    return holding_ ? holding_->remaining(BootClock::now()) : Millis::max();
}

std::stop_token Lock::Impl::stop_token() const noexcept {
    return holding_ ? holding_->stop_token() : never_.get_token();
}

Status Lock::Impl::renew() {
    if (!holding_) return {};
    if (!is_held())
        return Error(ErrorCode::not_owner, "\"" + key_ + "\" is not held by this handle any more");
    return core_->renew(*holding_, timeout_);
}

LockRelease Lock::Impl::release() {
    std::call_once(released_, [this] {
        if (!is_this_process() || !end()) {
            outcome_ = LockRelease::expired;  // it was left, or is the parent's
            return;
        }
        if (holding_) outcome_ = core_->release(holding_, timeout_);
        base::MutexLock lock(mutex_);
        host_.reset();
    });
    return outcome_;
}

void Lock::Impl::leave() {
    if (!is_this_process() || !end()) return;
    if (holding_) core_->leave(holding_);
}

// ---- the handle ---------------------------------------------------------------------------------

Lock::Lock(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Lock::Lock(Lock&&) noexcept = default;
Lock& Lock::operator=(Lock&&) noexcept = default;
Lock::~Lock() = default;

const std::string& Lock::key() const noexcept {
    static const std::string none;
    return impl_ ? impl_->key() : none;
}

std::uint64_t Lock::fence() const noexcept {
    return impl_ ? impl_->fence() : 0;
}

bool Lock::is_degraded() const noexcept {
    return impl_ && impl_->is_degraded();
}

bool Lock::is_held() const noexcept {
    return impl_ && impl_->is_held();
}

Millis Lock::remaining() const noexcept {
    return impl_ ? impl_->remaining() : Millis{0};
}

std::stop_token Lock::stop_token() const noexcept {
    return impl_ ? impl_->stop_token() : std::stop_token();
}

Status Lock::renew() {
    if (impl_) return impl_->renew();
    return Error(ErrorCode::not_owner, "this handle holds no lock: it was moved from, or left");
}

LockRelease Lock::release() {
    return impl_ ? impl_->release() : LockRelease::expired;
}

void Lock::leave() && {
    if (impl_) impl_->leave();
    impl_.reset();
}

}  // namespace toril

#pragma once

#include "lock/core.hpp"

#include <sys/types.h>

#include <mutex>

namespace toril {

// A handle. Of a lock in the store: `holding`. Degraded: none, and with `local` the host's lock.
class Lock::Impl {
public:
    Impl(std::shared_ptr<lock::Core> core,
         std::shared_ptr<lock::Holding> holding,
         std::uint64_t fence,
         Millis store_timeout,
         std::optional<lock::HostLock> host);
    ~Impl();  // releases, without waiting

    void name(std::string key) { key_ = std::move(key); }
    const std::string& key() const noexcept { return key_; }
    std::uint64_t fence() const noexcept { return fence_; }
    bool is_degraded() const noexcept { return holding_ == nullptr; }
    bool is_held() const noexcept;
    Millis remaining() const noexcept;
    std::stop_token stop_token() const noexcept;

    Status renew();
    LockRelease release();
    void leave();

private:
    bool is_this_process() const noexcept;
    bool end();

    const std::shared_ptr<lock::Core> core_;
    const std::shared_ptr<lock::Holding> holding_;
    const std::uint64_t fence_;
    const Millis timeout_;
    const pid_t process_;
    std::string key_{};
    std::stop_source never_{};  // degraded: nobody can tell that it is lost
    std::once_flag released_{};
    LockRelease outcome_ = LockRelease::released;  // written once, under released_
    mutable base::Mutex mutex_{};
    bool ended_ TORIL_GUARDED_BY(mutex_) = false;
    std::optional<lock::HostLock> host_ TORIL_GUARDED_BY(mutex_);
};

}  // namespace toril

#pragma once

// std::mutex of libstdc++ carries no annotations, so Clang's -Wthread-safety cannot see it.
// These thin wrappers it can see.

#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define TORIL_TSA(x) __attribute__((x))
#else
#define TORIL_TSA(x)
#endif
#define TORIL_GUARDED_BY(mutex) TORIL_TSA(guarded_by(mutex))
#define TORIL_REQUIRES(mutex) TORIL_TSA(requires_capability(mutex))
#define TORIL_EXCLUDES(mutex) TORIL_TSA(locks_excluded(mutex))

namespace toril::base {

class TORIL_TSA(capability("mutex")) Mutex {
public:
    void lock() TORIL_TSA(acquire_capability()) { mutex_.lock(); }
    void unlock() TORIL_TSA(release_capability()) { mutex_.unlock(); }
    bool try_lock() TORIL_TSA(try_acquire_capability(true)) { return mutex_.try_lock(); }

private:
    std::mutex mutex_;
};

class TORIL_TSA(scoped_lockable) MutexLock {
public:
    explicit MutexLock(Mutex& mutex) TORIL_TSA(acquire_capability(mutex)) : mutex_(mutex) {
        mutex_.lock();
    }
    ~MutexLock() TORIL_TSA(release_capability()) { mutex_.unlock(); }
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;

private:
    Mutex& mutex_;
};

/// Waits on a Mutex: `changed.wait(mutex, [&] { return ready_; })` with the mutex held.
using Condition = std::condition_variable_any;

}  // namespace toril::base

#pragma once

// Makes child processes for handlers. The children are not forked from the worker, which has
// threads and connections by then, but from a small single-threaded process that was forked
// when the worker started: the zygote.
//
// No child outlives the worker: the kernel kills the zygote when the thread that forked it ends
// (a thread kept for that, since it goes by threads), and the children when the zygote ends.
// So this holds for kill -9 as well.

#include "base/mutex.hpp"

#include <toril/result.hpp>
#include <toril/worker.hpp>

#include <sys/types.h>

#include <memory>
#include <thread>
#include <utility>

namespace toril::worker {

/// A file descriptor with one owner.
class Fd {
public:
    Fd() = default;
    explicit Fd(int fd) noexcept : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Fd() { reset(); }
    int get() const noexcept { return fd_; }
    void reset() noexcept;

private:
    int fd_ = -1;
};

/// Threads: any method, from any thread, at the same time.
class Zygote {
public:
    /// Forks. Call before the program has many threads: what other threads hold at this moment
    /// (a lock, say) stays held in the children.
    static Result<std::unique_ptr<Zygote>> start(const Handler& handler);
    ~Zygote();  // ends the zygote and what is left of its children
    Zygote(const Zygote&) = delete;
    Zygote& operator=(const Zygote&) = delete;

    struct Child {
        pid_t pid = 0;
        Fd socket{};  // our end
    };
    Result<Child> make_child();

    /// Kills the child if it still runs, and answers its wait status.
    int end_child(pid_t pid);

private:
    Zygote() = default;
    void keep(const Handler& handler, int parent_end, int zygote_end);

    base::Mutex mutex_;
    base::Condition changed_;
    Fd control_ TORIL_GUARDED_BY(mutex_);
    pid_t pid_ TORIL_GUARDED_BY(mutex_) = 0;  // 0: not forked yet; -1: fork failed
    bool ending_ TORIL_GUARDED_BY(mutex_) = false;
    std::thread warden_;
};

}  // namespace toril::worker

#pragma once

// The one I/O thread of a Factory.

#include "redis/command.hpp"

#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace toril::redis {

/// Rings once at the armed time, on the I/O thread. Used on that thread only.
class Timer {
public:
    virtual ~Timer() = default;
    /// Replaces an earlier time. A ring that is under way already may still come.
    virtual void arm(SteadyTime when) = 0;
    virtual void cancel() = 0;
};

class Runtime : public std::enable_shared_from_this<Runtime> {
public:
    Runtime();
    ~Runtime();
    Runtime(const Runtime&) = delete;
    Runtime& operator=(const Runtime&) = delete;

    /// Runs `work` on the I/O thread. From any thread.
    void post(std::function<void()> work);
    /// The same, `wait` from now at the earliest.
    void post_after(Millis wait, std::function<void()> work);
    bool is_on_thread() const noexcept;

    std::unique_ptr<Timer> make_timer(std::function<void()> on_ring);

    /// Waits until nothing is under way any more, then ends the thread. On the thread itself (who
    /// asked last let go of everything in its callback) it does not wait: the thread ends by
    /// itself. Later posts are dropped in the end. REQUIRES: all transports closed, all timers
    /// cancelled.
    void stop();

    boost::asio::io_context& context() noexcept;

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace toril::redis

#pragma once

// What of a connection can be seen from outside. The I/O thread writes it, anybody reads it; in
// the ordinary course of things a read of the socket costs two relaxed stores.

#include "base/mutex.hpp"
#include "redis/channel.hpp"

#include <toril/redis/connection.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace toril::redis {

/// Tells who watches over the connections of one Factory that something went wrong, or right.
class TroubleBell {
public:
    void set_listener(std::function<void()> listener);
    void ring();

private:
    base::Mutex mutex_;
    std::shared_ptr<const std::function<void()>> listener_ TORIL_GUARDED_BY(mutex_){};
};

/// Threads: those marked I/O on that thread; `show` on any.
class LinkView {
public:
    explicit LinkView(std::shared_ptr<TroubleBell> bell) : bell_(std::move(bell)) {}

    // I/O thread.
    void up(SteadyTime now);
    void down(const Loss& loss, SteadyTime now);
    /// Nothing is wrong yet, and `loss` is why it is not ready.
    void paused(const Loss& loss);
    void closed(SteadyTime now);
    /// An error reply. `is_script`: of one of our scripts.
    void answered_error(std::string_view text, bool is_script, SteadyTime now);
    /// Some of what was sent has not been answered in time.
    void timed_out(SteadyTime now);
    /// Something was read. `sent_at`: of a command that it answered, if that is known.
    void heard(SteadyTime now, SteadyTime sent_at) noexcept;

    /// Fills in what is known here.
    void show(ConnectionReport& report) const;

private:
    struct Seen {
        bool has_link = false;
        SteadyTime since{};
        LinkReason reason = LinkReason::none;
        std::string detail{};
        LinkReason refusal = LinkReason::none;
        std::string refusal_detail{};
        SteadyTime refused_at{};
    };

    const std::shared_ptr<TroubleBell> bell_;
    // Relaxed: each stands for itself. Nanoseconds of the steady clock; 0: never.
    std::atomic<SteadyTime::rep> last_ok_{0};
    std::atomic<SteadyTime::rep> last_timeout_{0};
    std::atomic<std::int64_t> rtt_us_{0};
    mutable base::Mutex mutex_;
    Seen seen_ TORIL_GUARDED_BY(mutex_){};
};

}  // namespace toril::redis

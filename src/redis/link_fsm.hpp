#pragma once

// The life of one link as a machine: no sockets, no threads, no clock.
//
//     state         event                          next          step
//     idle          wanted                         connecting    connect
//     connecting    connected                      ready         serve
//     connecting    failed, refused, lost          reconnecting  wait      (1) (2)
//     ready         lost                           reconnecting  wait      (1) (3)
//     reconnecting  waited                         connecting    connect
//     degraded      waited                         connecting    connect
//     degraded      wanted, `step` or later after  connecting    connect
//     closing       drained                        closed        finish
//     any           close                          closing       drain     (not once closed)
//     in every other case: no change, nothing to do
//
//     (1) at failure number `attempts_max` in a row: degraded, rest for `degraded_retry`
//     (2) refused (credentials): the wait is at least `refused_wait`, whatever the policy
//     (3) failures in a row are forgotten once a link has been ready for `stable_after`
//
// The driver (connection_impl.cpp) does what a Step says, then reports what happened.

#include "redis/command.hpp"

#include <toril/redis/config.hpp>
#include <toril/redis/connection.hpp>

namespace toril::redis {

enum class LinkEvent : unsigned char {
    wanted,     // a command needs the link
    connected,  // handshake and ready check are through
    failed,     // an attempt came to nothing
    refused,    // the server does not accept our credentials
    lost,       // closed, silent for too long, or no longer of use
    waited,     // the time of Do::wait or Do::rest has passed
    close,      // the owner asked
    drained,    // nothing is under way any more, or the deadline has passed
};

struct Step {
    enum class Do : unsigned char { nothing, connect, serve, wait, rest, drain, finish };
    Do what = Do::nothing;
    Millis wait{0};  // with `wait` (without jitter: the driver adds it) and `rest`

    friend bool operator==(const Step&, const Step&) = default;
};

class LinkFsm {
public:
    static constexpr Millis stable_after{5'000};
    static constexpr Millis refused_wait{5'000};

    explicit LinkFsm(const ReconnectPolicy& policy) noexcept : policy_(policy) {}

    /// REQUIRES: `now` is not before that of any earlier call.
    Step on(LinkEvent event, SteadyTime now) noexcept;

    LinkState state() const noexcept { return state_; }
    /// Failures in a row.
    int attempts() const noexcept { return attempts_; }
    /// No attempt has ended yet, well or badly.
    bool is_first_attempt() const noexcept { return is_first_attempt_; }

private:
    Step fail(bool refused, SteadyTime now) noexcept;
    Step connect() noexcept;

    const ReconnectPolicy policy_;
    LinkState state_ = LinkState::idle;
    int attempts_ = 0;
    bool is_first_attempt_ = true;
    SteadyTime since_{};  // of `ready`, of `degraded`
};

}  // namespace toril::redis

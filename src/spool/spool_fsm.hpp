#pragma once

// What becomes of the adds of one queue with a spool, as a machine: no store, no file, no thread,
// no clock.
//
//     state     what happens                                          next
//     direct    a batch is answered                                   direct
//     direct    a batch meets a store that is away until its          spooling
//               patience ends, and is spooled
//     direct    jobs are found in the spool, of before or of another  draining
//     spooling  a batch of the spool is answered                      draining
//     draining  a batch of the spool meets a store that is away       spooling
//     not       nothing is left in the spool                          direct
//     direct
//
// One batch is under way at a time, from the callers in `direct` and from the spool else: so jobs
// reach the store in the order in which they were submitted. The driver (spooled_line.cpp) does
// what a Step says, then reports what happened.

#include <toril/spool.hpp>
#include <toril/time.hpp>

#include <chrono>

namespace toril::spool {

using SteadyTime = std::chrono::steady_clock::time_point;

struct Step {
    enum class Do : unsigned char {
        wait,         // until `until`, or until something happens
        look,         // for jobs in the spool
        send,         // a new batch of adds that wait
        send_again,   // the batch that met a store that is away
        spool_batch,  // that batch goes to the spool
        append,       // adds that wait go to the spool
        forward,      // the batch at the front of the spool
    };
    Do what = Do::wait;
    SteadyTime until{};        // with `wait`
    bool adds_matter = false;  // with `wait`: a new add ends it

    friend bool operator==(const Step&, const Step&) = default;
};

struct SpoolTiming {
    /// Longest wait of a batch for the store before it goes to the spool.
    Millis patience{1'000};
    /// The pause after the n-th failure in a row: so much times n.
    Millis backoff_step{50};
    Millis backoff_longest{2'000};
    /// How soon jobs of a process that is gone are found by one that has nothing to do.
    Millis look_every{1'000};
    /// Another process forwards: how soon we look whether it still does.
    Millis turn_every{50};
};

class SpoolFsm {
public:
    explicit SpoolFsm(const SpoolTiming& timing) noexcept : timing_(timing) {}

    /// REQUIRES: `now` is not before that of any earlier call, here and below.
    Step next(SteadyTime now, bool adds_wait) noexcept;

    // What happened. A batch of the callers:
    void sent(SteadyTime now) noexcept;
    void sent_again() noexcept;
    void answered() noexcept;  // for good, or given up
    void away(SteadyTime now) noexcept;
    void spooled(SteadyTime now) noexcept;
    // The spool:
    void looked(SteadyTime now, bool found) noexcept;
    void forwarding() noexcept;
    void forwarded() noexcept;
    void forward_failed(SteadyTime now) noexcept;
    void turn_taken(SteadyTime now) noexcept;  // another process forwards
    void emptied(SteadyTime now) noexcept;
    /// Somebody waits for the spool to be empty: what is due later is due now.
    void hurry() noexcept;

    SpoolState state() const noexcept { return state_; }
    /// A batch of the callers is sent, or waits to be sent again.
    bool has_batch() const noexcept { return state_ == SpoolState::direct && call_ != Call::none; }

private:
    enum class Call : unsigned char { none, under_way, to_repeat };

    void back_off(SteadyTime now) noexcept;
    Step next_direct(SteadyTime now, bool adds_wait) const noexcept;

    const SpoolTiming timing_;
    SpoolState state_ = SpoolState::direct;
    Call call_ = Call::none;
    int attempts_ = 0;  // in a row that met a store that is away
    SteadyTime retry_at_{};
    SteadyTime patience_ends_{};
    SteadyTime look_at_{};
};

}  // namespace toril::spool

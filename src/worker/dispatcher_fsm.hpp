#pragma once

// What a worker asks of its store next, as a machine: no store, no threads, no clock.
//
//     when                                              step
//     a stalled check is due                            recover
//     an unanswered call has waited long enough         repeat     the same call, same lane
//     outcomes wait, or slots are free and the queue    call       finish and take in one
//       is not known to be empty; a lane is free (1)
//     the queue is empty, nothing waits to be told      watch      until work, or the next due time
//     closing, and a watch is under way                 interrupt
//     nothing of these                                  rest       until an event, at most so long
//
//     (1) The second lane is for load: it is used when many outcomes wait (or none), so that a
//         store with an answer under way is not idle, and a quiet worker makes one call a job.
//
// The driver (engine.cpp) asks `next` until it says rest, does what it says, and reports what
// happened. Times are milliseconds on any clock that only goes forward.

#include <toril/time.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace toril::worker {

inline constexpr int lanes = 2;
/// Jobs finished and jobs taken by one call: about two milliseconds of a Redis.
inline constexpr std::size_t jobs_per_call_max = 128;
/// A queue that gives nothing (paused, at its own limit of jobs or of starts) is looked at this
/// often: raising a limit wakes nobody, in BullMQ neither, and what is due is let in meanwhile.
inline constexpr Millis blocked_look_after{5'000};
inline constexpr Millis backoff_first{50};
inline constexpr Millis backoff_longest{1'000};

struct DispatcherOptions {
    std::size_t concurrency = 1;
    Millis block_timeout{30'000};
    Millis stalled_interval{30'000};  // 0: never
};

struct Step {
    enum class Do : unsigned char { recover, repeat, call, watch, interrupt, rest };
    Do what = Do::rest;
    int lane = 0;              // call, repeat
    std::size_t outcomes = 0;  // call: so many of those that wait, the oldest
    std::size_t take = 0;      // call
    Millis at_most{0};         // watch, rest

    friend bool operator==(const Step&, const Step&) = default;
};

/// What a call answered, as far as it matters here.
struct CallAnswer {
    std::size_t taken = 0;
    Millis limited_for{0};
    std::optional<Millis> due_in{};  // until the next delayed job
    bool blocked = false;
};

class DispatcherFsm {
public:
    explicit DispatcherFsm(DispatcherOptions options) noexcept : options_(options) {}

    /// What to do now. A step other than `rest` counts as begun.
    Step next(Millis now) noexcept;

    /// Outcomes that are to be told to the store.
    void outcomes_wait(std::size_t count) noexcept { waiting_ += count; }
    /// Slots whose handlers have returned.
    void slots_freed(std::size_t count) noexcept { used_ -= count; }
    /// Jobs that were done with, and are not after all. There may be more than slots then.
    void slots_taken_back(std::size_t count) noexcept { used_ += count; }

    /// Answers whether the queue was found empty after it was not.
    bool call_answered(int lane, const CallAnswer& answer, Millis now) noexcept;
    /// Unknown, or not done (`may_have_happened` is false): the same call is repeated, later.
    void call_unanswered(int lane, bool may_have_happened, Millis now) noexcept;
    /// A definite no. Its outcomes wait again if they were several, and are told one by one,
    /// so that one that the store will never take does not hold up the others.
    void call_refused(int lane, Millis now) noexcept;

    /// `due_in`: what the watch said about the next delayed job.
    void watch_answered(std::optional<Millis> due_in, Millis now) noexcept;
    void recover_answered() noexcept { recovering_ = false; }

    void pause() noexcept { paused_ = true; }
    void resume() noexcept;
    /// Nothing is taken from now on.
    void close() noexcept { closing_ = true; }

    /// Nothing is under way and no outcome waits: a closed worker may go.
    bool is_settled() const noexcept;
    /// Settled but for the watch, with no job in hand, and the queue was empty when last seen, or
    /// its rate limit used up.
    bool is_idle() const noexcept;
    bool is_closing() const noexcept { return closing_; }
    std::size_t used() const noexcept { return used_; }
    /// Until the next delayed job is due, as far as is known.
    std::optional<Millis> due_in(Millis now) const noexcept;

private:
    struct Lane {
        enum class State : unsigned char { idle, busy, failed };
        State state = State::idle;
        std::size_t outcomes = 0;
        std::size_t take = 0;
        Millis backoff = backoff_first;
        Millis repeat_at{0};
        std::uint64_t wakes = 0;         // when it was sent
        bool may_have_happened = false;  // some answer of it is unknown
    };
    // What is known of the queue.
    struct Seen {
        bool empty = false;
        bool blocked = false;
        bool limited = false;
        std::optional<Millis> due_at{};
        Millis take_at{0};        // rate limited, or refused, until then
        std::uint64_t wakes = 0;  // how often a watch said that there may be work
        int misses = 0;           // in a row: a job was due by our clock, not by the store's
    };
    enum class Watch : unsigned char { none, armed, interrupted };

    std::optional<Step> next_call(Millis now) noexcept;
    std::optional<Step> next_repeat(Millis now) noexcept;
    std::optional<Step> next_watch(Millis now) noexcept;
    void forget_takes() noexcept;
    std::size_t free_slots() const noexcept;
    bool may_take(Millis now) const noexcept;
    bool has_lane(Lane::State state) const noexcept;
    Step rest(Millis now) const noexcept;

    const DispatcherOptions options_;
    std::array<Lane, lanes> lanes_{};
    Seen seen_{};
    std::size_t waiting_ = 0;  // outcomes
    std::size_t alone_ = 0;    // of those: to be told one by one
    std::size_t used_ = 0;     // slots, those that a call under way may fill included
    Watch watch_ = Watch::none;
    Millis recover_at_{0};
    bool recovering_ = false;
    bool paused_ = false;
    bool closing_ = false;
};

}  // namespace toril::worker

#pragma once

// Whether something may happen now, by a limit. No I/O, no clock: state and time are arguments.
// Whole microseconds below 2^53, so that Lua's numbers hold them exactly.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace toril::base {

using Micros = std::chrono::microseconds;

enum class RateShape : unsigned char {
    sliding,  // never more than `max` in any `per`, by counts of 1/16 of it
    gcra,     // a bucket of `burst` that is filled with `max` per `per`: smooth
    fixed,    // `max` in each `per` since the epoch
};

/// Parts of the window that `sliding` counts.
inline constexpr std::size_t rate_parts = 16;

struct RateRule {
    RateShape shape = RateShape::sliding;
    std::int64_t max = 0;    // 1 ... 1'000'000'000
    Micros per{0};           // 1 ms ... 366 days
    std::int64_t burst = 0;  // gcra: 1 ... max; 0: max

    friend bool operator==(const RateRule&, const RateRule&) = default;
};

/// What is known of one key. All zero: nothing was taken.
struct RateState {
    /// gcra: the theoretical arrival time. Others: the number of the newest part (fixed: window).
    std::int64_t mark = 0;
    /// Counts of the parts up to and including `mark`, newest first; the oldest reaches over the
    /// window's edge and counts in full. fixed uses the first.
    std::array<std::uint32_t, rate_parts + 1> counts{};

    friend bool operator==(const RateState&, const RateState&) = default;
};

struct RateDecision {
    bool allowed = false;
    std::int64_t remaining = 0;  // that could be taken right after it
    /// Not allowed: when to ask again; -1: never, the cost is more than the limit. Allowed: 0.
    Micros retry_after{0};
    /// When all of the limit is there again.
    Micros reset_after{0};

    friend bool operator==(const RateDecision&, const RateDecision&) = default;
};

/// Takes `cost` (0: only looks) if it is allowed, and changes `state` then. A state from the
/// future (the clock went back) counts as one of now. REQUIRES: rule in range, cost >= 0.
RateDecision rate_take(const RateRule& rule, RateState& state, Micros now, std::int64_t cost);

/// Takes `cost` even beyond the limit.
RateDecision rate_debit(const RateRule& rule, RateState& state, Micros now, std::int64_t cost);

/// Gives back at most what was taken and still counts.
RateDecision rate_refund(const RateRule& rule, RateState& state, Micros now, std::int64_t cost);

/// How long the state means anything.
Micros rate_lifetime(const RateRule& rule, const RateState& state, Micros now);

}  // namespace toril::base

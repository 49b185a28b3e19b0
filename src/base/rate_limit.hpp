#pragma once

// Whether something may happen now, by a limit. No I/O, no clock: state and time are arguments.
// Whole microseconds below 2^53, so that Lua's numbers hold them exactly. How each shape counts,
// and what a rule that changes does to a state: docs/internals/limits.md.

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace toril::base {

using Micros = std::chrono::microseconds;

/// The numbers are stored.
enum class RateShape : unsigned char {
    sliding = 0,  // never more than `max` in any `per`, by counts of 1/16 of it
    gcra = 1,     // a bucket of `burst` that is filled with `max` per `per`: smooth
    fixed = 2,    // `max` in each `per` since the epoch
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
    /// The rule that it was made under, as far as `mark` and `counts` depend on it. 0: none yet.
    Micros per{0};
    RateShape shape = RateShape::sliding;
    /// Counts of the parts up to and including `mark`, newest first; the oldest reaches over the
    /// window's edge and counts in full. fixed uses the first. gcra: the first is what `mark`
    /// lacks of a microsecond, in parts of 1/`max`, so that no rate is rounded.
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

/// Takes `cost` (0: nothing) if it is allowed. A refusal takes nothing, and leaves `state` as it
/// is unless it is one from the future (the clock went back): that becomes one of now. A state
/// under another rule counts for this one. REQUIRES: rule in range, cost >= 0.
RateDecision rate_take(const RateRule& rule, RateState& state, Micros now, std::int64_t cost);

/// What `rate_take` would say; `remaining` and `reset_after` are those without it.
RateDecision rate_peek(const RateRule& rule, const RateState& state, Micros now, std::int64_t cost);

/// Takes `cost` even beyond the limit.
RateDecision rate_debit(const RateRule& rule, RateState& state, Micros now, std::int64_t cost);

/// Gives back at most what was taken and still counts.
RateDecision rate_refund(const RateRule& rule, RateState& state, Micros now, std::int64_t cost);

/// How long the state means anything.
Micros rate_lifetime(const RateRule& rule, const RateState& state, Micros now);

/// One of several limits that are asked at once.
struct RateUse {
    RateRule rule{};
    RateState state{};
    std::int64_t cost = 1;
    RateDecision decision{};  // out
};

/// Takes from all of them if each allows it, else from none: then those that would have allowed
/// it say so, as `rate_peek` does. Returns whether it took.
bool rate_take_all(std::span<RateUse> uses, Micros now);

/// A length of time: `micros`, and `rest` / max of one more. A unit of a gcra limit is per / max.
struct RateSpan {
    std::int64_t micros = 0;
    std::int64_t rest = 0;

    friend auto operator<=>(const RateSpan&, const RateSpan&) = default;
};

/// What a script needs to know to take from a gcra state by additions alone.
struct RateSpans {
    RateSpan room{};  // owed at most for `cost` to be allowed; nothing if it never is
    RateSpan step{};  // what `cost` adds
    RateSpan most{};  // owed at most, debits included
};
RateSpans rate_spans(const RateRule& rule, std::int64_t cost);

/// The state as stores keep it, little endian: shape 1 byte, per 8, mark 8, then counts of 4 (all
/// of sliding, one of the others). As struct.pack("<BI8I8I4...") in Lua.
std::string rate_encode(const RateState& state);
std::optional<RateState> rate_decode(std::string_view bytes);

}  // namespace toril::base

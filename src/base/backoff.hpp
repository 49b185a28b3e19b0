#pragma once

// When a failed job runs again. The formulas are BullMQ's, so that a job that moves between
// workers of both kinds waits as long with either.

#include <toril/job.hpp>

namespace toril::base {

/// The wait before the next attempt. `attempts_made` counts the one that has just failed;
/// `random` is from [0, 1) and used for jitter only.
///
///     fixed        delay
///     exponential  delay x 2^(attempts_made - 1)
///     jitter j     what came out, times (1 - j + j x random), rounded down
///
/// At most `backoff_max`. REQUIRES: the kind is not `custom`.
Millis backoff_delay(const Backoff& backoff, int attempts_made, double random) noexcept;

/// 365 days: an exponential backoff reaches it after some 34 attempts at 2 s.
inline constexpr Millis backoff_max{365LL * 86'400'000};

}  // namespace toril::base

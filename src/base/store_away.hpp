#pragma once

// What an error of a store says about the store itself.

#include <toril/error.hpp>

namespace toril::base {

/// It may have been done: the link died, or the time passed, before the answer.
constexpr bool may_have_happened(ErrorCode code) noexcept {
    return code == ErrorCode::outcome_unknown || code == ErrorCode::timed_out;
}

/// Nobody could ask it, or nobody knows whether it did it. Other errors say that the call is wrong,
/// or the store's data. `limit_reached`: more waits for the link than it takes, or the store's disk
/// is full.
constexpr bool is_store_away(ErrorCode code) noexcept {
    return may_have_happened(code) || code == ErrorCode::unavailable ||
           code == ErrorCode::unauthorized || code == ErrorCode::limit_reached;
}

}  // namespace toril::base

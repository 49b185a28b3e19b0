#pragma once

// What both kinds of watchers keep to.

#include "backend/redis/links.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace toril::redis_store {

/// Longer blocks made trouble for BullMQ over reconnects (its issue 1658). The caller asks again.
inline constexpr Millis block_max{10'000};
/// Redis before 7.0.8 takes less than 2 ms for "for ever".
inline constexpr Millis block_min{2};
/// What a block may last longer than asked for before the link counts as dead.
inline constexpr Millis block_grace{5'000};
/// Before the answer that a dead link gives at once, so that a caller may simply ask again.
inline constexpr Millis pause_when_away{250};

inline Millis block_of(Millis at_most, const redis::Config& config) {
    return std::clamp(std::min(at_most, config.block_timeout), block_min, block_max);
}

/// Ends wait `number` with an error, after a pause.
inline void end_later(Links& links,
                      const std::shared_ptr<Watching>& watching,
                      std::uint64_t number,
                      Error error) {
    if (error.code() == ErrorCode::cancelled) {
        watching->wait.end(number, std::move(error));
        return;
    }
    if (error.code() != ErrorCode::corrupt && error.code() != ErrorCode::unauthorized)
        error = Error(ErrorCode::unavailable, error.message());
    links.calls.after(pause_when_away, [watching, number, error = std::move(error)] {
        watching->wait.end(number, error);
    });
}

}  // namespace toril::redis_store

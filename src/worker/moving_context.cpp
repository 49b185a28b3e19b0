#include "worker/moving_context.hpp"

#include "worker/outcome.hpp"

#include <algorithm>
#include <string>

namespace toril::worker {
namespace {

// As for the option `delay` of a job.
constexpr Millis delay_max{10LL * 365 * 86'400'000};

}  // namespace

Error MovingContext::move_to_delayed(Millis delay) {
    delay = std::clamp(delay, Millis{0}, delay_max);
    return note({Move::Kind::postpone, delay}, "to run again in " + duration_text(delay));
}

Error MovingContext::move_to_waiting_children() {
    return note({Move::Kind::wait_children}, "to run again when its children are done");
}

Error MovingContext::rate_limit(Millis duration) {
    duration = std::clamp(duration, Millis{1}, delay_max);
    return note({Move::Kind::rate_limit, duration},
                "to run again when others may, in " + duration_text(duration));
}

Error MovingContext::note(const Move& move, std::string words) {
    Error error(ErrorCode::moved, std::move(words));
    if (!move_of(error)) given_.emplace_back(error, move);
    return error;
}

std::optional<Move> MovingContext::move_of(const Error& error) const {
    if (error.code() != ErrorCode::moved) return std::nullopt;
    for (const auto& [given, move] : given_)
        if (given == error) return move;
    return std::nullopt;
}

}  // namespace toril::worker

#include "redis/link_fsm.hpp"

#include <algorithm>

namespace toril::redis {

std::string_view to_string(LinkState state) noexcept {
    switch (state) {
        case LinkState::idle: return "idle";
        case LinkState::connecting: return "connecting";
        case LinkState::ready: return "ready";
        case LinkState::reconnecting: return "reconnecting";
        case LinkState::degraded: return "degraded";
        case LinkState::closing: return "closing";
        case LinkState::closed: return "closed";
    }
    return "unknown";
}

Step LinkFsm::connect() noexcept {
    state_ = LinkState::connecting;
    return {Step::Do::connect};
}

Step LinkFsm::fail(bool refused, SteadyTime now) noexcept {
    is_first_attempt_ = false;
    attempts_ = std::min(attempts_ + 1, 1'000'000);  // it only grows while nothing answers
    if (policy_.attempts_max > 0 && attempts_ >= policy_.attempts_max) {
        state_ = LinkState::degraded;
        since_ = now;
        return {Step::Do::rest, policy_.degraded_retry};
    }
    state_ = LinkState::reconnecting;
    const Millis wait = std::min(policy_.step * attempts_, policy_.max);
    return {Step::Do::wait, refused ? std::max(wait, refused_wait) : wait};
}

Step LinkFsm::on(LinkEvent event, SteadyTime now) noexcept {
    if (state_ == LinkState::closed) return {};
    if (event == LinkEvent::close && state_ != LinkState::closing) {
        state_ = LinkState::closing;
        return {Step::Do::drain};
    }
    switch (state_) {
        case LinkState::idle:
            if (event == LinkEvent::wanted) return connect();
            break;
        case LinkState::connecting:
            if (event == LinkEvent::connected) {
                state_ = LinkState::ready;
                is_first_attempt_ = false;
                since_ = now;
                return {Step::Do::serve};
            }
            if (event == LinkEvent::failed || event == LinkEvent::lost) return fail(false, now);
            if (event == LinkEvent::refused) return fail(true, now);
            break;
        case LinkState::ready:
            if (event != LinkEvent::lost) break;
            if (now - since_ >= stable_after) attempts_ = 0;
            return fail(false, now);
        case LinkState::reconnecting:
            if (event == LinkEvent::waited) return connect();
            break;
        case LinkState::degraded:
            if (event == LinkEvent::waited) return connect();
            if (event == LinkEvent::wanted && now - since_ >= policy_.step) return connect();
            break;
        case LinkState::closing:
            if (event != LinkEvent::drained) break;
            state_ = LinkState::closed;
            return {Step::Do::finish};
        case LinkState::closed: break;
    }
    return {};
}

}  // namespace toril::redis

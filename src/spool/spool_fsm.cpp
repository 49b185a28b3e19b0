#include "spool/spool_fsm.hpp"

#include <algorithm>

namespace toril::spool {

using Do = Step::Do;

Step SpoolFsm::next(SteadyTime now, bool adds_wait) noexcept {
    if (state_ == SpoolState::direct) return next_direct(now, adds_wait);
    // Callers first: they wait for a disk only.
    if (adds_wait) return {.what = Do::append};
    if (call_ == Call::under_way) return {.until = SteadyTime::max(), .adds_matter = true};
    if (now >= retry_at_) return {.what = Do::forward};
    return {.until = retry_at_, .adds_matter = true};
}

Step SpoolFsm::next_direct(SteadyTime now, bool adds_wait) const noexcept {
    switch (call_) {
        case Call::under_way:
            if (now >= patience_ends_) return {.what = Do::spool_batch};
            return {.until = patience_ends_};
        case Call::to_repeat:
            // No use in waiting for an attempt that would come too late.
            if (retry_at_ >= patience_ends_) return {.what = Do::spool_batch};
            if (now >= retry_at_) return {.what = Do::send_again};
            return {.until = retry_at_};
        case Call::none: break;
    }
    if (adds_wait) return {.what = Do::send};
    if (now >= look_at_) return {.what = Do::look};
    return {.until = look_at_, .adds_matter = true};
}

void SpoolFsm::sent(SteadyTime now) noexcept {
    call_ = Call::under_way;
    attempts_ = 0;
    patience_ends_ = now + timing_.patience;
}

void SpoolFsm::sent_again() noexcept {
    call_ = Call::under_way;
}

void SpoolFsm::answered() noexcept {
    call_ = Call::none;
    attempts_ = 0;
}

void SpoolFsm::away(SteadyTime now) noexcept {
    call_ = Call::to_repeat;
    back_off(now);
}

void SpoolFsm::spooled(SteadyTime now) noexcept {
    state_ = SpoolState::spooling;
    call_ = Call::none;
    back_off(now);
}

void SpoolFsm::looked(SteadyTime now, bool found) noexcept {
    look_at_ = now + timing_.look_every;
    if (!found) return;
    state_ = SpoolState::draining;
    attempts_ = 0;
    retry_at_ = now;
}

void SpoolFsm::forwarding() noexcept {
    call_ = Call::under_way;
}

void SpoolFsm::forwarded() noexcept {
    state_ = SpoolState::draining;
    call_ = Call::none;
    attempts_ = 0;
    retry_at_ = SteadyTime{};
}

void SpoolFsm::forward_failed(SteadyTime now) noexcept {
    state_ = SpoolState::spooling;
    call_ = Call::none;
    back_off(now);
}

void SpoolFsm::turn_taken(SteadyTime now) noexcept {
    state_ = SpoolState::draining;
    retry_at_ = now + timing_.turn_every;
}

void SpoolFsm::emptied(SteadyTime now) noexcept {
    state_ = SpoolState::direct;
    call_ = Call::none;
    attempts_ = 0;
    look_at_ = now + timing_.look_every;
}

void SpoolFsm::hurry() noexcept {
    look_at_ = SteadyTime{};
    if (state_ != SpoolState::direct) retry_at_ = SteadyTime{};
}

void SpoolFsm::back_off(SteadyTime now) noexcept {
    retry_at_ = now + std::min(++attempts_ * timing_.backoff_step, timing_.backoff_longest);
}

}  // namespace toril::spool

#include "worker/dispatcher_fsm.hpp"

#include <algorithm>

namespace toril::worker {
namespace {

constexpr Millis rest_longest{3'600'000};
constexpr Millis refused_pause{1'000};

// With fewer outcomes than this the second lane stays idle while the first is busy.
std::size_t second_lane_outcomes(std::size_t concurrency) {
    return std::clamp<std::size_t>(concurrency / 2, 1, jobs_per_call_max / 2);
}

// How long to wait for a job that is due by our clock, but was not by the store's.
Millis skew_wait(int misses) {
    return Millis{1} * (1 << std::min(misses, 10));
}

}  // namespace

Step DispatcherFsm::next(Millis now) noexcept {
    if (options_.stalled_interval > Millis{0} && !recovering_ && !closing_ && !paused_ &&
        now >= recover_at_) {
        recovering_ = true;
        recover_at_ = now + options_.stalled_interval;
        return {.what = Step::Do::recover};
    }
    if (watch_ == Watch::armed && closing_) {
        watch_ = Watch::interrupted;
        return {.what = Step::Do::interrupt};
    }
    if (closing_) forget_takes();
    if (const auto step = next_repeat(now)) return *step;
    if (const auto step = next_call(now)) return *step;
    if (const auto step = next_watch(now)) return *step;
    return rest(now);
}

std::optional<Step> DispatcherFsm::next_repeat(Millis now) noexcept {
    for (int i = 0; i < lanes; ++i) {
        Lane& lane = lanes_[static_cast<std::size_t>(i)];
        if (lane.state != Lane::State::failed || lane.repeat_at > now) continue;
        lane.state = Lane::State::busy;
        return Step{.what = Step::Do::repeat, .lane = i};
    }
    return std::nullopt;
}

// A closing worker does not wait for a store to come back that has given it no job for certain,
// and is owed no outcome.
void DispatcherFsm::forget_takes() noexcept {
    for (Lane& lane : lanes_) {
        if (lane.state != Lane::State::failed || lane.outcomes > 0 || lane.may_have_happened)
            continue;
        used_ -= lane.take;
        lane = {};
    }
}

std::optional<Step> DispatcherFsm::next_call(Millis now) noexcept {
    // While a call waits to be repeated the store is away: another would fare no better.
    if (has_lane(Lane::State::failed)) return std::nullopt;
    const std::size_t outcomes = alone_ > 0 ? 1 : std::min(waiting_, jobs_per_call_max);
    std::size_t take = alone_ == 0 && may_take(now) ? std::min(free_slots(), jobs_per_call_max) : 0;
    // Asking an empty queue again is free when something is to be told anyway.
    if (outcomes == 0 && seen_.empty) take = 0;
    if (outcomes == 0 && take == 0) return std::nullopt;
    const bool other_busy = has_lane(Lane::State::busy);
    if (other_busy && outcomes > 0 && alone_ == 0 &&
        outcomes < second_lane_outcomes(options_.concurrency))
        return std::nullopt;
    for (int i = 0; i < lanes; ++i) {
        Lane& lane = lanes_[static_cast<std::size_t>(i)];
        if (lane.state != Lane::State::idle) continue;
        lane = {.state = Lane::State::busy,
                .outcomes = outcomes,
                .take = take,
                .backoff = lane.backoff,
                .wakes = seen_.wakes};
        waiting_ -= outcomes;
        alone_ -= alone_ > 0 ? 1 : 0;
        used_ += take;
        return Step{.what = Step::Do::call, .lane = i, .outcomes = outcomes, .take = take};
    }
    return std::nullopt;
}

std::optional<Step> DispatcherFsm::next_watch(Millis now) noexcept {
    const bool wanted = watch_ == Watch::none && seen_.empty && waiting_ == 0 && free_slots() > 0 &&
                        may_take(now) && !has_lane(Lane::State::failed);
    if (!wanted) return std::nullopt;
    for (const Lane& lane : lanes_)
        if (lane.state == Lane::State::busy && lane.take > 0) return std::nullopt;
    Millis at_most = options_.block_timeout;
    if (seen_.blocked) at_most = std::min(at_most, blocked_look_after);
    if (seen_.due_at)
        at_most = std::min(at_most, std::max(*seen_.due_at - now, skew_wait(seen_.misses)));
    watch_ = Watch::armed;
    return Step{.what = Step::Do::watch, .at_most = at_most};
}

Step DispatcherFsm::rest(Millis now) const noexcept {
    Millis until = now + rest_longest;
    if (options_.stalled_interval > Millis{0} && !recovering_ && !closing_ && !paused_)
        until = std::min(until, recover_at_);
    for (const Lane& lane : lanes_)
        if (lane.state == Lane::State::failed) until = std::min(until, lane.repeat_at);
    if (seen_.take_at > now && free_slots() > 0) until = std::min(until, seen_.take_at);
    return {.what = Step::Do::rest, .at_most = std::max(Millis{0}, until - now)};
}

bool DispatcherFsm::call_answered(int index, const CallAnswer& answer, Millis now) noexcept {
    Lane& lane = lanes_[static_cast<std::size_t>(index)];
    const std::size_t asked = lane.take;
    // Woken since it was sent: what it saw may be older than the work.
    const bool stale = lane.wakes != seen_.wakes;
    lane = {};
    used_ -= asked - std::min(asked, answer.taken);
    if (asked == 0) return false;

    if (answer.taken > 0) seen_.misses = 0;
    seen_.blocked = answer.blocked;
    seen_.due_at.reset();
    if (answer.due_in) seen_.due_at = now + *answer.due_in;
    seen_.limited = answer.limited_for > Millis{0};
    if (seen_.limited) {
        seen_.take_at = now + std::min(answer.limited_for, blocked_look_after);
        seen_.empty = false;
        return false;
    }
    const bool was_empty = seen_.empty;
    seen_.empty = answer.taken < asked && !stale;
    if (seen_.empty && answer.taken == 0 && answer.due_in && *answer.due_in <= Millis{0})
        ++seen_.misses;
    return seen_.empty && !was_empty && !answer.blocked;
}

void DispatcherFsm::call_unanswered(int index, bool may_have_happened, Millis now) noexcept {
    Lane& lane = lanes_[static_cast<std::size_t>(index)];
    lane.may_have_happened |= may_have_happened;
    lane.state = Lane::State::failed;
    lane.repeat_at = now + lane.backoff;
    lane.backoff = std::min(lane.backoff * 2, backoff_longest);
}

void DispatcherFsm::call_refused(int index, Millis now) noexcept {
    Lane& lane = lanes_[static_cast<std::size_t>(index)];
    used_ -= lane.take;
    if (lane.outcomes > 1) {
        waiting_ += lane.outcomes;
        alone_ += lane.outcomes;
    }
    if (lane.take > 0) seen_.take_at = now + refused_pause;
    lane = {};
}

void DispatcherFsm::watch_answered(std::optional<Millis> due_in, Millis now) noexcept {
    watch_ = Watch::none;
    if (due_in && *due_in > Millis{0}) {  // nothing yet, but it knows when
        seen_.due_at = now + *due_in;
        return;
    }
    ++seen_.wakes;
    seen_.empty = false;
}

void DispatcherFsm::resume() noexcept {
    paused_ = false;
    seen_.empty = false;  // what was added meanwhile woke nobody here
    ++seen_.wakes;
}

bool DispatcherFsm::is_settled() const noexcept {
    return waiting_ == 0 && watch_ == Watch::none && !recovering_ && !has_lane(Lane::State::busy) &&
           !has_lane(Lane::State::failed);
}

bool DispatcherFsm::is_idle() const noexcept {
    return waiting_ == 0 && used_ == 0 && (seen_.empty || seen_.limited) &&
           !has_lane(Lane::State::busy) && !has_lane(Lane::State::failed);
}

std::optional<Millis> DispatcherFsm::due_in(Millis now) const noexcept {
    if (!seen_.due_at) return std::nullopt;
    return *seen_.due_at - now;
}

std::size_t DispatcherFsm::free_slots() const noexcept {
    return options_.concurrency > used_ ? options_.concurrency - used_ : 0;
}

bool DispatcherFsm::may_take(Millis now) const noexcept {
    return !paused_ && !closing_ && now >= seen_.take_at;
}

bool DispatcherFsm::has_lane(Lane::State state) const noexcept {
    return std::any_of(
        lanes_.begin(), lanes_.end(), [&](const Lane& lane) { return lane.state == state; });
}

}  // namespace toril::worker

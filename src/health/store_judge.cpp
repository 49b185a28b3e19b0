#include "health/store_judge.hpp"

#include <utility>

namespace toril::health {

using State = Verdict::State;

bool is_definite(HealthReason reason) noexcept {
    switch (reason) {
        case HealthReason::auth:
        case HealthReason::noperm:
        case HealthReason::readonly:
        case HealthReason::loading:
        case HealthReason::misconf:
        case HealthReason::oom:
        case HealthReason::max_clients:
        case HealthReason::cluster_down:
        case HealthReason::disk:
        case HealthReason::corrupt:
        case HealthReason::closed: return true;
        default: return false;
    }
}

void StoreJudge::go(State state, Trouble trouble, SteadyTime now) {
    verdict_.trouble = std::move(trouble);
    if (verdict_.state == state) return;
    verdict_.state = state;
    verdict_.since = now;
    if (state == State::down) proved_ = false;
}

void StoreJudge::rise(SteadyTime now) {
    const int needed = verdict_.state == State::starting ? 1 : options_.good_min;
    if (verdict_.state != State::up && proved_ && good_pings_ >= needed) go(State::up, {}, now);
}

void StoreJudge::judge_speed(std::chrono::microseconds rtt) {
    // Of a new sample 3/10: three slow ones in a row carry it over the limit, one does not.
    rtt_ = rtt_.count() == 0 ? rtt : rtt_ + (rtt - rtt_) * 3 / 10;
    if ((rtt_ > options_.slow) == verdict_.slow) {
        speed_signs_ = 0;
        return;
    }
    const int needed = verdict_.slow ? options_.good_min : options_.bad_max;
    if (++speed_signs_ < needed) return;
    verdict_.slow = !verdict_.slow;
    speed_signs_ = 0;
}

void StoreJudge::ponged(std::chrono::microseconds rtt, SteadyTime now) {
    bad_pings_ = 0;
    if (good_pings_ < options_.good_min) ++good_pings_;
    judge_speed(rtt);
    rise(now);
}

void StoreJudge::ping_failed(Trouble trouble, SteadyTime now) {
    good_pings_ = 0;
    ++bad_pings_;
    if (verdict_.state == State::down || bad_pings_ >= options_.bad_max ||
        is_definite(trouble.reason))
        return go(State::down, std::move(trouble), now);
    if (verdict_.state == State::starting) verdict_.trouble = std::move(trouble);
}

void StoreJudge::wrote(SteadyTime now) {
    bad_writes_ = 0;
    proved_ = true;
    rise(now);
}

void StoreJudge::write_failed(Trouble trouble, SteadyTime now) {
    good_pings_ = 0;
    proved_ = false;
    ++bad_writes_;
    if (verdict_.state == State::down || bad_writes_ >= options_.bad_max ||
        is_definite(trouble.reason))
        go(State::down, std::move(trouble), now);
}

}  // namespace toril::health

#pragma once

// How long something is ours for sure, and when to ask for more. No I/O; time is an argument.
//
// The store counts the ttl from when it does what it was asked, which is after it was asked. So
// counted from the asking, and by a clock that no change of the wall clock moves, our time ends
// before the store's; the margin is for the difference in speed of two clocks.
//
//     asked at t       ours until t + ttl - max(ttl / 100, 5 ms)
//     renewal          at t + ttl / 3; when it fails, again after ttl / 30 (10 ms to 1 s)

#include "lock/boot_clock.hpp"

#include <toril/time.hpp>

#include <algorithm>

namespace toril::lock {

class Lease {
public:
    using Time = BootClock::time_point;

    Lease(Millis ttl, bool is_renewed, Time asked_at) : ttl_(ttl), is_renewed_(is_renewed) {
        granted(asked_at);
    }

    /// It was granted, or renewed, by a call made at `asked_at`.
    void granted(Time asked_at) {
        ends_ = std::max(ends_, asked_at + ttl_ - std::max(ttl_ / 100, margin_min));
        answered(asked_at + ttl_ / 3);
    }
    void failed(Time now) { answered(now + std::clamp(ttl_ / 30, Millis{10}, Millis{1'000})); }
    void asked() { asking_ = true; }
    /// Something happened since it was asked last.
    void renew_at_once() {
        renew_at_ = Time{};
        is_urgent_ = asking_;
    }

    bool is_over(Time now) const { return now >= ends_; }
    bool wants_renewal(Time now) const { return is_renewed_ && !asking_ && now >= renew_at_; }
    /// When to look again.
    Time wakes_at() const { return is_renewed_ && !asking_ ? std::min(renew_at_, ends_) : ends_; }
    Time ends() const { return ends_; }
    /// Longest wait for a renewal: another one must fit in behind it.
    Millis patience(Time now) const {
        return std::clamp(std::chrono::floor<Millis>((ends_ - now) / 2), Millis{10}, Millis{1'000});
    }

private:
    static constexpr Millis margin_min{5};

    void answered(Time next) {
        renew_at_ = is_urgent_ ? Time{} : next;
        asking_ = is_urgent_ = false;
    }

    Millis ttl_;
    bool is_renewed_;
    bool asking_ = false;
    bool is_urgent_ = false;  // ask again as soon as the answer under way is there
    Time ends_{};
    Time renew_at_{};
};

}  // namespace toril::lock

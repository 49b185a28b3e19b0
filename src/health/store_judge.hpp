#pragma once

// Whether the store is there, as a machine: what was seen in, a verdict out. No I/O, no clock.
//
//     state      event                                              next
//     starting   a ping came back, and a write was proved           up
//     any        `bad_max` pings or writes in a row failed          down
//     any        a refusal that is no matter of chance (*)          down, at once
//     down       `good_min` pings in a row came back, and a write   up
//                was proved after it went down
//
//     (*) read-only, loading, out of memory, no rights, ...: the server itself has said so
//
// A lost link counts as one bad ping. A store that answers PING and takes no writes is down.

#include <toril/health.hpp>

#include <chrono>
#include <string>

namespace toril::health {

using SteadyTime = std::chrono::steady_clock::time_point;

struct Trouble {
    HealthReason reason = HealthReason::none;
    std::string detail{};  // one sentence
};

struct Verdict {
    enum class State : unsigned char { starting, up, down };
    State state = State::starting;
    bool slow = false;
    Trouble trouble{};   // of `down`; `starting`: the first bad sign
    SteadyTime since{};  // of the state
};

class StoreJudge {
public:
    StoreJudge(const HealthOptions& options, SteadyTime now) : options_(options) {
        verdict_.since = now;
    }

    // REQUIRES: `now` is not before that of any earlier call.
    void ponged(std::chrono::microseconds rtt, SteadyTime now);
    void ping_failed(Trouble trouble, SteadyTime now);
    void wrote(SteadyTime now);
    /// A probe failed, or a command of anybody was refused.
    void write_failed(Trouble trouble, SteadyTime now);
    void link_lost(Trouble trouble, SteadyTime now) { ping_failed(std::move(trouble), now); }

    const Verdict& verdict() const noexcept { return verdict_; }
    /// A write is to be proved as soon as possible.
    bool wants_write() const noexcept { return !proved_; }
    /// Smoothed; 0: none came back yet.
    std::chrono::microseconds rtt() const noexcept { return rtt_; }

private:
    void go(Verdict::State state, Trouble trouble, SteadyTime now);
    void rise(SteadyTime now);
    void judge_speed(std::chrono::microseconds rtt);

    HealthOptions options_;
    Verdict verdict_{};
    std::chrono::microseconds rtt_{0};
    bool proved_ = false;  // a write worked since it was last down
    int bad_pings_ = 0;    // each in a row
    int bad_writes_ = 0;
    int good_pings_ = 0;
    int speed_signs_ = 0;  // answers in a row that speak against `slow` being what it is
};

/// The server has said so itself, so one answer is enough.
bool is_definite(HealthReason reason) noexcept;

}  // namespace toril::health

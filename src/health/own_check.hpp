#pragma once

// A dependency of the program's own, asked on a thread of its own, so that one that hangs holds up
// nobody but itself.

#include "base/mutex.hpp"
#include "health/repeater.hpp"

#include <toril/health.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace toril::health {

struct CheckSetup {
    std::string name{};
    bool optional = false;
    Millis every{0};
    std::function<CheckResult()> check{};
    std::function<void()> on_result{};  // owns what it touches
};

/// Threads: any.
class OwnCheck {
public:
    using SteadyTime = std::chrono::steady_clock::time_point;

    explicit OwnCheck(CheckSetup setup);

    /// As it stands. One that has not come back for two of its intervals (and 5 s) is down.
    ServiceHealth service(SteadyTime now) const;

private:
    struct State;

    const std::shared_ptr<State> state_;
    Repeater repeater_;
};

}  // namespace toril::health

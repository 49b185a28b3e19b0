#pragma once

#include <toril/time.hpp>

#include <functional>
#include <memory>
#include <thread>

namespace toril::health {

/// Runs a function on a thread of its own: when asked to, and every so often.
///
/// What runs is somebody else's, and may hang. Its end is waited for, but not for ever: then the
/// thread is left to itself, so whatever the function touches it must own.
class Repeater {
public:
    /// `every` of 0: only when asked to. Else at once for the first time.
    Repeater(Millis every, std::function<void()> what);
    ~Repeater();
    Repeater(const Repeater&) = delete;
    Repeater& operator=(const Repeater&) = delete;

    /// Once more, as soon as the run that is under way has ended.
    void soon();

private:
    struct State;

    const std::shared_ptr<State> state_;
    std::thread thread_;
};

}  // namespace toril::health

#include "health/repeater.hpp"

#include "base/mutex.hpp"

#include <chrono>
#include <utility>

namespace toril::health {
namespace {

constexpr Millis end_grace{1'000};

using SteadyTime = std::chrono::steady_clock::time_point;

}  // namespace

struct Repeater::State {
    State(Millis interval, std::function<void()> function)
        : every(interval), what(std::move(function)), wanted(interval.count() > 0) {}

    const Millis every;
    const std::function<void()> what;
    base::Mutex mutex{};
    base::Condition changed{};
    bool wanted TORIL_GUARDED_BY(mutex);
    bool stopping TORIL_GUARDED_BY(mutex) = false;
    bool ended TORIL_GUARDED_BY(mutex) = false;

    /// Answers false at the end.
    bool wait_for_turn(SteadyTime due) {
        base::MutexLock lock(mutex);
        while (!stopping && !wanted && std::chrono::steady_clock::now() < due) {
            if (due == SteadyTime::max())
                changed.wait(mutex);
            else
                changed.wait_until(mutex, due);
        }
        wanted = false;
        return !stopping;
    }

    void run() {
        SteadyTime due = SteadyTime::max();
        while (wait_for_turn(due)) {
            const SteadyTime begun = std::chrono::steady_clock::now();
            what();
            due = every.count() > 0 ? begun + every : SteadyTime::max();
        }
        base::MutexLock lock(mutex);
        ended = true;
        changed.notify_all();
    }
};

Repeater::Repeater(Millis every, std::function<void()> what)
    : state_(std::make_shared<State>(every, std::move(what))),
      thread_([state = state_] { state->run(); }) {}

Repeater::~Repeater() {
    bool ended = false;
    {
        const SteadyTime by = std::chrono::steady_clock::now() + end_grace;
        base::MutexLock lock(state_->mutex);
        state_->stopping = true;
        state_->changed.notify_all();
        while (!state_->ended && std::chrono::steady_clock::now() < by)
            state_->changed.wait_until(state_->mutex, by);
        ended = state_->ended;
    }
    if (ended)
        thread_.join();
    else
        thread_.detach();
}

void Repeater::soon() {
    base::MutexLock lock(state_->mutex);
    state_->wanted = true;
    state_->changed.notify_all();
}

}  // namespace toril::health

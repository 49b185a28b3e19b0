#pragma once

// Tells the program of changes, on a thread of its own: a listener that hangs stops no probe.

#include "base/logger.hpp"
#include "base/mutex.hpp"
#include "health/repeater.hpp"

#include <toril/health.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace toril::health {

/// Threads: any.
class Announcer {
public:
    using Listener = std::function<void(const HealthReport&)>;
    using Pointer = std::shared_ptr<const HealthReport>;

    explicit Announcer(base::Logger log) : state_(std::make_shared<State>(std::move(log))) {}

    void listen(Listener listener) {
        base::MutexLock lock(state_->mutex);
        state_->listeners.push_back(std::make_shared<const Listener>(std::move(listener)));
        if (!repeater_) repeater_.emplace(Millis{0}, [state = state_] { state->tell(); });
    }

    void announce(Pointer report) {
        base::MutexLock lock(state_->mutex);
        if (!repeater_) return;
        // Who is behind by more than this learns the rest from `report`.
        if (state_->waiting.size() < waiting_max) state_->waiting.push_back(std::move(report));
        repeater_->soon();
    }

private:
    static constexpr std::size_t waiting_max = 1'000;

    struct State {
        explicit State(base::Logger given) : log(std::move(given)) {}

        const base::Logger log;
        base::Mutex mutex{};
        std::vector<std::shared_ptr<const Listener>> listeners TORIL_GUARDED_BY(mutex){};
        std::vector<Pointer> waiting TORIL_GUARDED_BY(mutex){};

        void tell();
    };

    const std::shared_ptr<State> state_;
    std::optional<Repeater> repeater_{};  // made under the lock of `state_`
};

}  // namespace toril::health

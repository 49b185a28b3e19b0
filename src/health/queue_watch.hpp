#pragma once

#include "health/canary.hpp"
#include "health/queue_judge.hpp"
#include "health/repeater.hpp"

#include <toril/health.hpp>
#include <toril/queue.hpp>
#include <toril/store.hpp>

#include <functional>
#include <memory>
#include <optional>

namespace toril::health {

/// Looks at one queue from time to time, on a thread of its own, while the store is there.
///
/// Threads: any.
class QueueWatch {
public:
    struct Setup {
        Store store;
        std::string queue{};
        WatchQueueOptions options{};
        std::function<bool()> is_store_up{};
        std::function<void()> on_look{};  // both own what they touch
    };

    explicit QueueWatch(Setup setup);

    /// As of the last look that worked.
    QueueProgress progress() const;
    const std::string& queue() const noexcept;
    /// Now, not at the next turn.
    void look_soon() { repeater_.soon(); }

private:
    struct State;

    const std::shared_ptr<State> state_;
    Repeater repeater_;
    std::unique_ptr<Canary> canary_{};
};

}  // namespace toril::health

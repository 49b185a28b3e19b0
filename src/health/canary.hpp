#pragma once

// A job of ours that goes through a queue from time to time, as proof that its workers get on.
// One is under way at a time: where they do not come through they do not pile up.

#include "health/repeater.hpp"

#include <toril/queue.hpp>
#include <toril/queue_events.hpp>
#include <toril/store.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace toril::health {

struct CanarySetup {
    Store store;
    std::string queue{};
    Millis every{0};
    std::function<bool()> may_add{};     // the store is there, and the queue is not paused
    std::function<void()> on_through{};  // owns what it touches
};

/// Threads: any. It has one of its own.
class Canary {
public:
    explicit Canary(CanarySetup setup);
    ~Canary();
    Canary(const Canary&) = delete;
    Canary& operator=(const Canary&) = delete;

    /// Since the last one came through; until the first one has, since the first was added. Empty:
    /// none was added yet.
    std::optional<Millis> age() const { return age_source()(); }
    /// The same for others; it lives as long as it is kept.
    std::function<std::optional<Millis>()> age_source() const;

private:
    struct State;

    const std::shared_ptr<State> state_;
    std::optional<Repeater> repeater_{};
};

}  // namespace toril::health

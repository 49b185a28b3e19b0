#pragma once

// Counts of queues for metrics: asked for in the background, told from what is known.

#include "base/mutex.hpp"
#include "health/repeater.hpp"
#include "queue/prometheus.hpp"

#include <toril/queue.hpp>
#include <toril/spool.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace toril::health {

/// Threads: any.
class QueueFigureSource {
public:
    QueueFigureSource(Queue queue, Millis every);

    /// Now. Blocks for the store.
    void refresh() { state_->ask(); }
    /// Nothing before the first answer.
    void write(MetricsWriter& writer) const { state_->write(writer); }

private:
    struct State {
        explicit State(Queue given) : queue(std::move(given)) {}

        const Queue queue;
        mutable base::Mutex mutex{};
        std::optional<queue::QueueFigures> figures TORIL_GUARDED_BY(mutex){};

        void ask();
        void write(MetricsWriter& writer) const;
        void write_spool(MetricsWriter& writer) const;
    };

    const std::shared_ptr<State> state_;
    Repeater repeater_;
};

}  // namespace toril::health

// toril metrics [QUEUE...]

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "session.hpp"

#include <toril/health.hpp>
#include <toril/metrics.hpp>

#include <vector>

namespace toril::cli {
namespace {

constexpr Millis answer_max{5'000};
constexpr Millis ask_once{3'600'000};

class ShowMetrics final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.optional_words("queue", "names of queues; all of the store if none", queues_);
    }

    Result<Exit> run(Session& session) override {
        Result<Store> store = session.store(answer_max);
        if (!store) return store.error();
        Result<Health> health = Health::open(*store, {.ping_timeout = Millis{2'000}, .bad_max = 1});
        if (!health) return health.error();
        if (queues_.empty()) {
            Result<std::vector<std::string>> names = store->queues();
            if (!names) return names.error();
            queues_ = std::move(*names);
        }
        Metrics metrics;
        metrics.add(*health);
        for (const std::string& name : queues_) {
            Result<Queue> queue = Queue::open(*store, name);
            if (!queue) return queue.error();
            if (Result<JobCounts> there = queue->counts(); !there) return there.error();
            metrics.add(*queue, ask_once);
        }
        health->first_report(answer_max);
        metrics.refresh();
        session.out().raw(metrics.prometheus());
        return Exit::ok;
    }

private:
    std::vector<std::string> queues_{};
};

}  // namespace

std::unique_ptr<Command> make_metrics() {
    return std::make_unique<ShowMetrics>();
}

}  // namespace toril::cli

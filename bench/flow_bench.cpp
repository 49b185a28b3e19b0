// Our side of the measurements of flows and of delayed jobs; bench/node/peer.mjs is BullMQ's.
//
//   flow_bench flow --store URL --queue Q --parents N --children N --concurrency C
//   flow_bench due  --store URL --queue Q --jobs N          all due at one time
//
// Prints as toril_bench does.

#include "support.hpp"

#include <toril/flow.hpp>
#include <toril/queue.hpp>
#include <toril/store.hpp>
#include <toril/worker.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace toril::bench;
using namespace std::chrono_literals;

toril::FlowJob new_flow(const std::string& queue, std::size_t children) {
    toril::FlowJob parent{.queue = queue, .name = "album", .data = payload(0)};
    for (std::size_t i = 0; i < children; ++i)
        parent.children.push_back({.queue = queue, .name = "resize", .data = payload(i)});
    return parent;
}

// From the first add until the last parent is done: a producer and a worker at the same time.
void flow(const toril::Store& store, const Options& options) {
    const std::string& queue = option(options, "queue");
    const std::size_t parents = number(options, "parents");
    const std::size_t children = number(options, "children");
    auto done = std::make_shared<Tally>(parents);
    toril::WorkerOptions with{.concurrency = std::stoi(option(options, "concurrency"))};
    with.hooks.completed = [done](const toril::Job& job, const toril::Json&) {
        if (job.name == "album") done->add();
    };
    toril::FlowProducer producer(store);
    std::optional<toril::Worker> worker;
    measure([&] {
        worker.emplace(must(toril::Worker::start(
            store, queue, [](toril::JobContext&) { return toril::Json{}; }, with)));
        constexpr std::size_t per_call = 50;
        for (std::size_t first = 0; first < parents; first += per_call) {
            const std::vector<toril::FlowJob> flows(std::min(per_call, parents - first),
                                                    new_flow(queue, children));
            for (toril::Result<toril::FlowNode>& added : producer.add_bulk(flows))
                must(std::move(added));
        }
        done->wait();
        return parents * (children + 1);
    });
    worker->close();
}

// How late each of many jobs begins that are due at the same time.
void due(const toril::Store& store, const Options& options) {
    const std::string& name = option(options, "queue");
    const std::size_t jobs = number(options, "jobs");
    toril::Queue queue = must(toril::Queue::open(store, name));
    Tally done(jobs);
    std::vector<double> late(jobs);
    std::atomic<std::size_t> started{0};
    std::atomic<std::int64_t> due_at{0};
    const auto handler = [&](toril::JobContext&) {
        const auto now = std::chrono::duration<double, std::micro>(
                             std::chrono::system_clock::now().time_since_epoch())
                             .count();
        late[started++] = now - static_cast<double>(due_at) * 1e3;
        done.add();
        return toril::Json{};
    };
    toril::Worker worker = must(toril::Worker::start(store, name, handler, {.concurrency = 1000}));
    measure(
        [&] {
            const auto now = std::chrono::floor<toril::Millis>(std::chrono::system_clock::now());
            due_at = (now + 2s).time_since_epoch().count();
            std::vector<toril::NewJob> batch(
                jobs,
                {.name = "resize",
                 .data = payload(0),
                 .options = {.delay = 2s, .timestamp = toril::Timestamp(now.time_since_epoch())}});
            for (toril::Result<toril::AddedJob>& added : queue.add_bulk(batch))
                must(std::move(added));
            done.wait();
            return jobs;
        },
        [&] { return quantiles(late); });
    worker.close();
}

}  // namespace

int main(int argc, char** argv) {
    const std::string command = argc > 1 ? argv[1] : "";
    const Options options = parse(argc, argv);
    const toril::Store store = must(toril::Store::open(option(options, "store")));
    if (command == "flow")
        flow(store, options);
    else if (command == "due")
        due(store, options);
    else
        give_up("there is no command '" + command + "'");
    return 0;
}

// Our side of each measurement of bench/run; bench/node/peer.mjs is BullMQ's.
//
//   toril_bench add     --store URL --queue Q --seconds S (--in-flight N | --bulk N)
//   toril_bench work    --store URL --queue Q --jobs N --concurrency C
//   toril_bench latency --store URL --queue Q --samples N          one process adds and works
//   toril_bench latency-across  (the same)                         one adds, another works
//   toril_bench fill    --store URL --queue Q --jobs N [--priority N] [--delay-hours N]
//
// Prints "ready" when it is connected and warm, waits for a line on stdin, then measures and
// prints one line of JSON.

#include "support.hpp"

#include <toril/queue.hpp>
#include <toril/store.hpp>
#include <toril/worker.hpp>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace toril::bench;
using namespace std::chrono_literals;

std::size_t add_one_by_one(toril::Queue& queue, Seconds duration) {
    const auto end = SteadyClock::now() + duration;
    std::size_t added = 0;
    while (SteadyClock::now() < end)
        must(queue.add("resize", payload(added++)));
    return added;
}

std::size_t add_in_flight(toril::Queue& queue, Seconds duration, std::size_t in_flight) {
    std::counting_semaphore<> free(static_cast<std::ptrdiff_t>(in_flight));
    const auto end = SteadyClock::now() + duration;
    std::size_t added = 0;
    while (SteadyClock::now() < end) {
        free.acquire();
        queue.add_async(new_job(added++), [&free](const toril::Result<toril::AddedJob>& result) {
            if (!result) give_up(result.error().message());
            free.release();
        });
    }
    for (std::size_t i = 0; i < in_flight; ++i)
        free.acquire();
    return added;
}

void add_bulk(toril::Queue& queue,
              std::size_t first,
              std::size_t count,
              const toril::JobOptions& options = {}) {
    std::vector<toril::NewJob> jobs;
    jobs.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        jobs.push_back(new_job(first + i));
        jobs.back().options = options;
    }
    for (toril::Result<toril::AddedJob>& added : queue.add_bulk(jobs))
        must(std::move(added));
}

std::size_t add_bulk_for(toril::Queue& queue, Seconds duration, std::size_t size) {
    const auto end = SteadyClock::now() + duration;
    std::size_t added = 0;
    for (; SteadyClock::now() < end; added += size)
        add_bulk(queue, added, size);
    return added;
}

void add(const toril::Store& store, const Options& options) {
    toril::Queue queue = must(toril::Queue::open(store, option(options, "queue")));
    const auto run = [&](Seconds duration) {
        if (options.contains("bulk")) return add_bulk_for(queue, duration, number(options, "bulk"));
        const std::size_t in_flight = number(options, "in-flight");
        return in_flight == 1 ? add_one_by_one(queue, duration)
                              : add_in_flight(queue, duration, in_flight);
    };
    run(Seconds(0.3));
    measure([&] { return run(Seconds(std::stod(option(options, "seconds")))); });
}

void fill(const toril::Store& store, const Options& options) {
    toril::Queue queue = must(toril::Queue::open(store, option(options, "queue")));
    const std::size_t total = number(options, "jobs");
    toril::JobOptions with;
    if (options.contains("priority")) with.priority = static_cast<int>(number(options, "priority"));
    if (options.contains("delay-hours"))
        with.delay = std::chrono::hours(number(options, "delay-hours"));
    measure([&] {
        for (std::size_t done = 0; done < total; done += 1000)
            add_bulk(queue, done, std::min<std::size_t>(1000, total - done), with);
        return total;
    });
}

/// A worker that has done `jobs` jobs of `queue`.
toril::Worker worked_off(const toril::Store& store,
                         const std::string& queue,
                         std::size_t jobs,
                         int concurrency) {
    auto tally = std::make_shared<Tally>(jobs);
    toril::WorkerOptions options{.concurrency = concurrency};
    options.hooks.completed = [tally](const toril::Job&, const toril::Json&) { tally->add(); };
    toril::Worker worker = must(toril::Worker::start(
        store, queue, [](toril::JobContext&) { return toril::Json{}; }, options));
    tally->wait();
    return worker;
}

void work(const toril::Store& store, const Options& options) {
    const std::string& name = option(options, "queue");
    const int concurrency = std::stoi(option(options, "concurrency"));
    toril::Queue queue = must(toril::Queue::open(store, name + "-warmup"));
    add_bulk(queue, 0, 1000);
    worked_off(store, queue.name(), 1000, concurrency).close();
    std::optional<toril::Worker> worker;
    measure([&] {
        worker.emplace(worked_off(store, name, number(options, "jobs"), concurrency));
        return number(options, "jobs");
    });
    worker->close();
}

std::int64_t nanoseconds_now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               SteadyClock::now().time_since_epoch())
        .count();
}

/// Adds one job at a time to a queue whose worker is idle, and prints quantiles of the time
/// until the handler started. `started` blocks until it did and answers when that was.
void sample_latency(toril::Queue& queue,
                    std::size_t samples,
                    const std::function<std::int64_t()>& started) {
    std::vector<double> micros;
    const auto sample = [&] {
        const std::int64_t begin = nanoseconds_now();
        must(queue.add("resize", payload(0)));
        micros.push_back(static_cast<double>(started() - begin) / 1e3);
        std::this_thread::sleep_for(3ms);  // until the worker is idle again
    };
    for (int i = 0; i < 50; ++i)
        sample();
    micros.clear();
    measure(
        [&] {
            for (std::size_t i = 0; i < samples; ++i)
                sample();
            return samples;
        },
        [&] { return quantiles(micros); });
}

void latency(const toril::Store& store, const Options& options) {
    std::binary_semaphore has_started(0);
    std::atomic<std::int64_t> when{0};
    const auto handler = [&](toril::JobContext&) {
        when = nanoseconds_now();
        has_started.release();
        return toril::Json{};
    };
    toril::Queue queue = must(toril::Queue::open(store, option(options, "queue")));
    toril::Worker worker =
        must(toril::Worker::start(store, queue.name(), handler, {.concurrency = 1}));
    sample_latency(queue, number(options, "samples"), [&] {
        has_started.acquire();
        return when.load();
    });
    worker.close();
}

/// The other process of `latency_across`: writes when each job started.
[[noreturn]] void report_starts(int pipe, const Options& options) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const toril::Store store = must(toril::Store::open(option(options, "store")));
    const auto handler = [pipe](toril::JobContext&) {
        const std::int64_t now = nanoseconds_now();
        if (write(pipe, &now, sizeof now) != sizeof now) give_up("the pipe is closed");
        return toril::Json{};
    };
    const toril::Worker worker =
        must(toril::Worker::start(store, option(options, "queue"), handler, {.concurrency = 1}));
    for (;;)
        pause();
}

void latency_across(const Options& options) {
    int ends[2]{};
    if (pipe(ends) != 0) give_up("no pipe");
    const pid_t child = fork();  // before there is any thread
    if (child < 0) give_up("no process");
    if (child == 0) report_starts(ends[1], options);
    close(ends[1]);
    {
        const toril::Store store = must(toril::Store::open(option(options, "store")));
        toril::Queue queue = must(toril::Queue::open(store, option(options, "queue")));
        sample_latency(queue, number(options, "samples"), [&] {
            std::int64_t when = 0;
            if (read(ends[0], &when, sizeof when) != sizeof when) give_up("the worker died");
            return when;
        });
    }
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
}

}  // namespace

int main(int argc, char** argv) {
    const std::map<std::string, void (*)(const toril::Store&, const Options&), std::less<>>
        commands{{"add", add}, {"work", work}, {"latency", latency}, {"fill", fill}};
    const std::string command = argc > 1 ? argv[1] : "";
    const Options options = parse(argc, argv);
    if (command == "latency-across") {
        latency_across(options);
        return 0;
    }
    const auto found = commands.find(command);
    if (found == commands.end()) give_up("there is no command '" + command + "'");
    const toril::Store store = must(toril::Store::open(option(options, "store")));
    found->second(store, options);
    return 0;
}

// Our side of each measurement of bench/run; bench/node/peer.mjs is BullMQ's.
//
//   toril_bench add     --store URL --queue Q --seconds S (--in-flight N | --bulk N)
//   toril_bench work    --store URL --queue Q --jobs N --concurrency C
//   toril_bench latency --store URL --queue Q --samples N          one process adds and works
//   toril_bench latency-across  (the same)                         one adds, another works
//   toril_bench fill    --store URL --queue Q --jobs N
//
// Prints "ready" when it is connected and warm, waits for a line on stdin, then measures and
// prints one line of JSON.

#include <toril/queue.hpp>
#include <toril/store.hpp>
#include <toril/worker.hpp>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;
using Options = std::map<std::string, std::string, std::less<>>;

[[noreturn]] void give_up(const std::string& why) {
    std::cerr << "toril_bench: " << why << '\n';
    std::exit(1);
}

template <class T>
T must(toril::Result<T> result) {
    if (!result) give_up(result.error().message());
    return std::move(*result);
}

const std::string& option(const Options& options, std::string_view name) {
    const auto found = options.find(name);
    if (found == options.end()) give_up("--" + std::string(name) + " is missing");
    return found->second;
}

std::size_t number(const Options& options, std::string_view name) {
    return std::stoul(option(options, name));
}

toril::Json payload(std::size_t i) {
    return toril::Json::unchecked("{\"file\":\"/srv/pictures/" + std::to_string(i) +
                                  ".jpg\",\"width\":320,\"height\":200}");
}

toril::NewJob new_job(std::size_t i) {
    return {.name = "resize", .data = payload(i)};
}

double cpu_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

long resident_bytes() {
    long total = 0;
    long resident = 0;
    std::FILE* file = std::fopen("/proc/self/statm", "r");
    if (file == nullptr) return 0;
    if (std::fscanf(file, "%ld %ld", &total, &resident) != 2) resident = 0;
    std::fclose(file);
    return resident * sysconf(_SC_PAGESIZE);
}

/// Runs `body`, which answers how many operations it did, and prints what it cost. `extra` is
/// asked afterwards for further members.
void measure(
    const std::function<std::size_t()>& body,
    const std::function<std::string()>& extra = [] { return std::string(); }) {
    std::cout << "ready" << std::endl;
    std::string line;
    std::getline(std::cin, line);
    const double cpu = cpu_seconds();
    const auto begin = SteadyClock::now();
    const std::size_t operations = body();
    const double seconds = Seconds(SteadyClock::now() - begin).count();
    std::cout << "{\"operations\":" << operations << ",\"seconds\":" << seconds
              << ",\"cpu_seconds\":" << cpu_seconds() - cpu << ",\"rss_bytes\":" << resident_bytes()
              << extra() << '}' << std::endl;
}

/// A count that another thread waits for.
class Tally {
public:
    explicit Tally(std::size_t goal) : goal_(goal) {}

    void add() {
        if (count_.fetch_add(1) + 1 != goal_) return;
        const std::lock_guard lock(mutex_);
        reached_ = true;
        changed_.notify_all();
    }

    void wait() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return reached_; });
    }

private:
    std::size_t goal_;
    std::atomic<std::size_t> count_{0};
    std::mutex mutex_;
    std::condition_variable changed_;
    bool reached_ = false;
};

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

void add_bulk(toril::Queue& queue, std::size_t first, std::size_t count) {
    std::vector<toril::NewJob> jobs;
    jobs.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
        jobs.push_back(new_job(first + i));
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
    measure([&] {
        for (std::size_t done = 0; done < total; done += 1000) {
            add_bulk(queue, done, std::min<std::size_t>(1000, total - done));
        }
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
    const auto quantiles = [&] {
        std::sort(micros.begin(), micros.end());
        const auto at = [&](double q) {
            return std::to_string(
                micros[static_cast<std::size_t>(static_cast<double>(micros.size() - 1) * q)]);
        };
        return ",\"p50_us\":" + at(0.5) + ",\"p99_us\":" + at(0.99);
    };
    measure(
        [&] {
            for (std::size_t i = 0; i < samples; ++i)
                sample();
            return samples;
        },
        quantiles);
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

Options parse(int argc, char** argv) {
    Options options;
    for (int i = 2; i + 1 < argc; i += 2)
        options.emplace(argv[i] + 2, argv[i + 1]);
    return options;
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

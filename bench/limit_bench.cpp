// Rate limits: decisions per second through the public API.
//
//   limit_bench --url URL [--seconds S] [--in-flight N] [--shape sliding|gcra|fixed] [--keys K]
//               [--face check|async]
//
// check: N threads that wait for each answer. async: N asks under way at once, from one thread.
// All is allowed: refusals would come from memory. Prints one line of JSON.

#include "support.hpp"

#include <toril/store.hpp>
#include <toril/throttle.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace toril::bench;

std::string given(const Options& options, std::string_view name, std::string otherwise) {
    const auto found = options.find(name);
    return found == options.end() ? otherwise : found->second;
}

toril::LimitShape shape_of(const std::string& word) {
    if (word == "gcra") return toril::LimitShape::gcra;
    if (word == "fixed") return toril::LimitShape::fixed;
    if (word != "sliding") give_up("--shape is sliding, gcra or fixed");
    return toril::LimitShape::sliding;
}

struct Run {
    toril::Throttle throttle;
    toril::LimitRule rule;
    std::vector<std::string> keys;
    SteadyClock::time_point end;
    std::atomic<std::uint64_t> decisions{0};

    void must_be_allowed(const toril::Result<toril::LimitAnswer>& answer) const {
        if (!answer) give_up(answer.error().message());
        if (!answer->allowed) give_up("refused");
        if (answer->mode != toril::LimitMode::store) give_up("not decided by the store");
    }
};

void check_in_turn(Run& run, std::size_t first) {
    std::uint64_t count = 0;
    while (count % 64 != 0 || SteadyClock::now() < run.end) {
        const std::string& key = run.keys[(first + count++) % run.keys.size()];
        run.must_be_allowed(run.throttle.check(key, run.rule));
    }
    run.decisions += count;
}

// Each answer starts the next ask.
class Chain {
public:
    Chain(Run& run, std::size_t first) : run_(run), next_(first) {}

    void go_on() {
        if (SteadyClock::now() >= run_.end) return finish();
        const std::string& key = run_.keys[next_++ % run_.keys.size()];
        run_.throttle.check_async(
            key, run_.rule, 1, [this](const toril::Result<toril::LimitAnswer>& answer) {
                run_.must_be_allowed(answer);
                ++run_.decisions;
                go_on();
            });
    }
    void wait() {
        std::unique_lock lock(mutex_);
        finished_.wait(lock, [this] { return done_; });
    }

private:
    void finish() {
        const std::lock_guard lock(mutex_);
        done_ = true;
        finished_.notify_all();
    }

    Run& run_;
    std::size_t next_;
    std::mutex mutex_;
    std::condition_variable finished_;
    bool done_ = false;  // guarded by mutex_
};

void run_async(Run& run, std::size_t in_flight) {
    std::vector<std::unique_ptr<Chain>> chains;
    for (std::size_t i = 0; i < in_flight; ++i)
        chains.push_back(std::make_unique<Chain>(run, i * 131));
    for (const auto& chain : chains)
        chain->go_on();
    for (const auto& chain : chains)
        chain->wait();
}

void run_threads(Run& run, std::size_t in_flight) {
    std::vector<std::jthread> callers;
    for (std::size_t i = 0; i < in_flight; ++i)
        callers.emplace_back([&run, i] { check_in_turn(run, i * 131); });
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    for (int i = 1; i + 1 < argc; i += 2)
        options.emplace(argv[i] + 2, argv[i + 1]);
    const std::string& url = option(options, "url");
    const double seconds = std::stod(given(options, "seconds", "3"));
    const std::size_t in_flight = std::stoul(given(options, "in-flight", "1"));
    const std::string shape = given(options, "shape", "sliding");
    const std::string face = given(options, "face", "check");

    const toril::Store store = must(toril::Store::open(url, {.prefix = "limit-bench"}));
    Run run{.throttle = must(toril::Throttle::open(store, {.store_timeout = toril::Millis{5'000}})),
            .rule = {.max = 1'000'000'000, .per = std::chrono::hours{1}, .shape = shape_of(shape)}};
    for (std::size_t i = 0; i < std::stoul(given(options, "keys", "1000")); ++i)
        run.keys.push_back("user:" + std::to_string(i));
    must(run.throttle.check("warm-up", run.rule));
    const double cpu = cpu_seconds();
    const auto begin = SteadyClock::now();
    run.end = begin + std::chrono::duration_cast<SteadyClock::duration>(Seconds(seconds));
    face == "async" ? run_async(run, in_flight) : run_threads(run, in_flight);
    const double took = Seconds(SteadyClock::now() - begin).count();
    std::cout << "{\"decisions\":" << run.decisions << ",\"seconds\":" << took
              << ",\"per_second\":" << static_cast<double>(run.decisions) / took << ",\"shape\":\""
              << shape << "\",\"face\":\"" << face << "\",\"in_flight\":" << in_flight
              << ",\"cpu_seconds\":" << cpu_seconds() - cpu << "}" << std::endl;
    return 0;
}

// How fast is a hit of a cache in memory, as a program sees it? How soon do others see a change?
//
//     cache_bench hits --threads N --seconds S [--load yes]
//     cache_bench news --store URL --samples N
//
// 10,000 keys, read in turn by each thread from a place of its own, by `get`; with --load by
// `get_or_set`. The peer is `node bench/node/side_peer.mjs hits`. Prints one line of JSON;
// per_cpu_second is what a thread does in a second of its processor's time, which does not
// depend on what else the machine does. `news`: from the call of `remove` in one Store to the read
// in another that has the key in memory and does not find it any more.

#include "support.hpp"

#include <toril/cache.hpp>
#include <toril/store.hpp>

#include <time.h>

#include <atomic>
#include <cstdint>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace toril::bench;

constexpr std::size_t keys_count = 10'000;
// The clock is not asked each time: it would be a part of the figure.
constexpr std::size_t keys_at_once = 512;

double thread_cpu_seconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

struct Figures {
    std::size_t operations = 0;
    double cpu_seconds = 0;
};

template <class Read>
Figures read_until(SteadyClock::time_point end, std::size_t from, Read&& read) {
    Figures figures;
    const double cpu = thread_cpu_seconds();
    for (std::size_t at = from; SteadyClock::now() < end; at = (at + keys_at_once) % keys_count)
        for (std::size_t i = 0; i < keys_at_once; ++i, ++figures.operations)
            read((at + i) % keys_count);
    figures.cpu_seconds = thread_cpu_seconds() - cpu;
    return figures;
}

int hits(const Options& options) {
    const std::size_t threads_count = number(options, "threads");
    const Seconds seconds(std::stod(option(options, "seconds")));
    const bool is_load = options.contains("load");
    toril::Cache cache = must(toril::Cache::open(must(toril::Store::open("memory:"))));
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < keys_count; ++i) {
        keys.push_back("task:" + std::to_string(i));
        cache.set(keys.back(), std::string(100, 'x')).value();
    }
    const toril::CacheLoader loader = []() -> toril::Result<toril::Loaded> {
        give_up("a key was not there");
    };
    const auto get = [&](std::size_t i) {
        if (!must(cache.get(keys[i]))) give_up("a key was not there");
    };
    const auto get_or_set = [&](std::size_t i) { must(cache.get_or_set(keys[i], loader)); };

    std::vector<Figures> figures(threads_count);
    std::vector<std::thread> threads;
    const auto begin = SteadyClock::now();
    const auto end = begin + std::chrono::duration_cast<SteadyClock::duration>(seconds);
    for (std::size_t t = 0; t < threads_count; ++t)
        threads.emplace_back([&, t] {
            const std::size_t from = t * keys_count / threads_count;
            figures[t] = is_load ? read_until(end, from, get_or_set) : read_until(end, from, get);
        });
    for (std::thread& thread : threads)
        thread.join();
    const double taken = Seconds(SteadyClock::now() - begin).count();
    Figures sum;
    for (const Figures& each : figures) {
        sum.operations += each.operations;
        sum.cpu_seconds += each.cpu_seconds;
    }
    const auto operations = static_cast<double>(sum.operations);
    std::cout << "{\"operations\":" << sum.operations << ",\"seconds\":" << taken
              << ",\"per_second\":" << operations / taken
              << ",\"per_cpu_second\":" << operations / sum.cpu_seconds << '}' << std::endl;
    return 0;
}

// Waits until `cache` answers that the key is there, or is not.
void wait_until(const toril::Cache& cache, const std::string& key, bool is_there) {
    while (must(cache.get(key)).has_value() != is_there)
        std::this_thread::yield();
}

int news(const Options& options) {
    const std::size_t samples = number(options, "samples");
    const std::string& url = option(options, "store");
    const auto open = [&] { return must(toril::Cache::open(must(toril::Store::open(url)))); };
    toril::Cache one = open();
    const toril::Cache two = open();
    // Both listen: else it is the store that is asked.
    while (two.stats().heard_age == toril::Millis{0})
        std::this_thread::yield();
    std::vector<double> micros;
    for (std::size_t i = 0; i < samples; ++i) {
        const std::string key = "task:" + std::to_string(i);
        one.set(key, "x").value();
        wait_until(two, key, true);
        const auto begin = SteadyClock::now();
        std::thread remover([&] { must(one.remove(key)); });
        wait_until(two, key, false);
        micros.push_back(Seconds(SteadyClock::now() - begin).count() * 1e6);
        remover.join();
    }
    std::cout << "{\"operations\":" << samples << quantiles(std::move(micros)) << '}' << std::endl;
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string mode = argc > 1 ? argv[1] : "";
    if (mode == "hits") return hits(parse(argc, argv));
    if (mode == "news") return news(parse(argc, argv));
    give_up("use: cache_bench hits --threads N --seconds S, or news --store URL --samples N");
}

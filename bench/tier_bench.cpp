// How fast is a hit in the cache's tier in memory, by itself?
//
// 100,000 entries of 100 bytes, read with a Zipf distribution of exponent 0.99, by one thread and
// by two at the same time; then with a put for every fourth operation, and with room for a tenth
// of the entries only. Beside the clock the processor time counts, as the machine may be busy.
// Prints a table; each row takes about a second.
//
//     tier_bench [SECONDS]        of a row; 1

#include "cache/memory_tier.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace toril;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t keys_count = 100'000;
constexpr std::size_t requests_count = 1u << 20;
constexpr std::size_t value_bytes = 100;
constexpr double zipf_exponent = 0.99;
constexpr std::int64_t for_ever = 1'000'000'000;

struct Case {
    const char* name = "";
    int threads = 1;
    unsigned puts_one_in = 0;  // 0: none; a miss is put in any case
    std::uint64_t bytes_max = 64u * 1024 * 1024;
};

cache::BlockPtr new_block() {
    auto block = std::make_shared<CacheValue::Block>();
    block->bytes.assign(value_bytes, 'x');
    block->kept_until = for_ever;
    return block;
}

std::vector<std::uint32_t> zipf_requests() {
    std::vector<double> sums(keys_count);
    double sum = 0;
    for (std::size_t i = 0; i < keys_count; ++i)
        sums[i] = sum += 1 / std::pow(static_cast<double>(i + 1), zipf_exponent);
    std::mt19937_64 random(1);
    std::vector<std::uint32_t> keys(keys_count);
    for (std::size_t i = 0; i < keys_count; ++i)
        keys[i] = static_cast<std::uint32_t>(i);
    std::shuffle(keys.begin(), keys.end(), random);
    std::uniform_real_distribution<double> any(0, sum);
    std::vector<std::uint32_t> requests(requests_count);
    for (std::uint32_t& request : requests) {
        const auto at = std::lower_bound(sums.begin(), sums.end(), any(random));
        request = keys[static_cast<std::size_t>(at - sums.begin())];
    }
    return requests;
}

double cpu_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

struct Done {
    std::uint64_t operations = 0;
    std::uint64_t hits = 0;
};

Done work(cache::MemoryTier& tier,
          const std::vector<std::string>& keys,
          const std::vector<std::uint32_t>& requests,
          const Case& measured,
          const std::atomic<bool>& ended) {
    Done done;
    std::size_t at = std::hash<std::thread::id>{}(std::this_thread::get_id());
    while (!ended.load(std::memory_order_relaxed))
        for (int i = 0; i < 1024; ++i, ++done.operations) {
            const std::string& key = keys[requests[++at & (requests_count - 1)]];
            const bool put = measured.puts_one_in != 0 && at % measured.puts_one_in == 0;
            if (!put && tier.find(key, 0) != nullptr)
                ++done.hits;
            else
                tier.put(key, new_block(), 0);
        }
    return done;
}

void measure(const Case& measured,
             const std::vector<std::string>& keys,
             const std::vector<std::uint32_t>& requests,
             double seconds) {
    cache::MemoryTier tier({.bytes_max = measured.bytes_max});
    for (const std::string& key : keys)
        tier.put(key, new_block(), 0);
    std::atomic<bool> ended{false};
    std::vector<Done> all(static_cast<std::size_t>(measured.threads));
    std::vector<std::thread> threads;
    const double cpu = cpu_seconds();
    const auto begin = SteadyClock::now();
    for (Done& done : all)
        threads.emplace_back([&] { done = work(tier, keys, requests, measured, ended); });
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    ended = true;
    for (std::thread& thread : threads)
        thread.join();
    const double took = std::chrono::duration<double>(SteadyClock::now() - begin).count();
    const double used = cpu_seconds() - cpu;
    Done sum;
    for (const Done& done : all) {
        sum.operations += done.operations;
        sum.hits += done.hits;
    }
    const auto operations = static_cast<double>(sum.operations);
    std::printf("%-26s %7d %10.1f %13.1f %13.1f %8.2f %9llu\n",
                measured.name,
                measured.threads,
                operations / took / 1e6,
                operations / took / 1e6 / measured.threads,
                operations / used / 1e6,
                100 * static_cast<double>(sum.hits) / operations,
                static_cast<unsigned long long>(tier.stats().entries));
}

}  // namespace

int main(int argc, char** argv) {
    const double seconds = argc > 1 ? std::atof(argv[1]) : 1;
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < keys_count; ++i)
        keys.push_back("user:" + std::to_string(i));
    const std::vector<std::uint32_t> requests = zipf_requests();
    std::printf("%-26s %7s %10s %13s %13s %8s %9s\n",
                "requests",
                "threads",
                "million/s",
                "M/s a thread",
                "M/s of CPU",
                "hits %",
                "entries");
    for (const int threads : {1, 2}) {
        measure({.name = "reads", .threads = threads}, keys, requests, seconds);
        measure({.name = "3 reads, 1 put", .threads = threads, .puts_one_in = 4},
                keys,
                requests,
                seconds);
        measure(
            {.name = "reads, room for a tenth", .threads = threads, .bytes_max = 4u * 1024 * 1024},
            keys,
            requests,
            seconds);
    }
    return 0;
}

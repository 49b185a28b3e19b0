// Uncontended locks: pairs of acquire and release per second through the public API.
//
//   lock_bench --url URL [--seconds S] [--in-flight N] [--wait-for-release 0|1]
//
// N threads, each with keys of its own. The release is that of the handle's end, which does not
// wait for the answer; with --wait-for-release 1 it is `release()`, which does. Prints one line
// of JSON.

#include "support.hpp"

#include <toril/lock.hpp>
#include <toril/store.hpp>

#include <atomic>
#include <chrono>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace toril::bench;

std::string given(const Options& options, std::string_view name, std::string otherwise) {
    const auto found = options.find(name);
    return found == options.end() ? otherwise : found->second;
}

void take_turns(toril::Locks& locks,
                const std::string& prefix,
                bool waits,
                SteadyClock::time_point end,
                std::atomic<std::uint64_t>& pairs) {
    constexpr std::uint64_t keys = 1'000;
    for (std::uint64_t i = 0; SteadyClock::now() < end; ++i) {
        toril::LockAnswer answer = must(locks.acquire(prefix + std::to_string(i % keys)));
        if (answer.outcome != toril::LockOutcome::held) give_up("a free lock was not to be had");
        if (waits && answer.lock->release() != toril::LockRelease::released)
            give_up("a lock was lost");
        ++pairs;
    }
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    for (int i = 1; i + 1 < argc; i += 2)
        options.emplace(argv[i] + 2, argv[i + 1]);
    const std::string& url = option(options, "url");
    const double seconds = std::stod(given(options, "seconds", "3"));
    const int threads = std::stoi(given(options, "in-flight", "1"));
    const bool waits = given(options, "wait-for-release", "0") == "1";

    const toril::Store store = must(toril::Store::open(url, {.prefix = "lock-bench"}));
    toril::Locks locks = must(toril::Locks::open(store));
    must(locks.acquire("warm-up"));
    std::atomic<std::uint64_t> pairs{0};
    const double cpu = cpu_seconds();
    const auto begin = SteadyClock::now();
    const auto end = begin + std::chrono::duration_cast<SteadyClock::duration>(Seconds(seconds));
    std::vector<std::thread> callers;
    for (int i = 0; i < threads; ++i)
        callers.emplace_back(
            [&, i] { take_turns(locks, "k" + std::to_string(i) + "-", waits, end, pairs); });
    for (std::thread& caller : callers)
        caller.join();
    const double took = Seconds(SteadyClock::now() - begin).count();
    std::cout << "{\"pairs\":" << pairs << ",\"seconds\":" << took
              << ",\"pairs_per_second\":" << static_cast<double>(pairs) / took
              << ",\"in_flight\":" << threads << ",\"cpu_seconds\":" << cpu_seconds() - cpu << "}"
              << std::endl;
    return 0;
}

// Question: what does it cost to ask for the health of a program whose Redis is a black hole?
//
// Starts a Redis of its own, stops it with SIGSTOP, and lets 1000 threads ask at the same time,
// over and over, for as long as it is stopped. Prints one JSON object; times in microseconds.

#include "support/redis_server.hpp"

#include <toril/health.hpp>
#include <toril/store.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <latch>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int askers = 1'000;
constexpr int asks_each = 200;

std::vector<double> ask(const toril::Health& health, std::latch& start) {
    std::vector<double> times;
    times.reserve(asks_each);
    start.arrive_and_wait();
    for (int i = 0; i < asks_each; ++i) {
        const Clock::time_point from = Clock::now();
        const bool is_known = health.report() != nullptr && !health.is_healthy();
        const std::chrono::duration<double, std::micro> taken = Clock::now() - from;
        if (is_known) times.push_back(taken.count());
        std::this_thread::yield();  // askers come from requests: they take turns
    }
    return times;
}

double quantile(const std::vector<double>& sorted, double share) {
    const auto last = static_cast<double>(sorted.size() - 1);
    return sorted[static_cast<std::size_t>(last * share)];
}

}  // namespace

int main() {
    toril::testing::RedisServer server;
    const toril::Store store = *toril::Store::open(server.url());
    const toril::Health health = *toril::Health::open(store);
    if (health.first_report(10s)->status != toril::HealthStatus::healthy) return 1;
    server.freeze();
    const Clock::time_point by = Clock::now() + 30s;
    while (health.is_healthy() && Clock::now() < by)
        std::this_thread::yield();

    std::vector<std::vector<double>> times(askers);
    std::latch start(askers);
    std::vector<std::thread> threads;
    for (std::vector<double>& mine : times)
        threads.emplace_back([&] { mine = ask(health, start); });
    for (std::thread& thread : threads)
        thread.join();
    std::vector<double> all;
    for (const std::vector<double>& mine : times)
        all.insert(all.end(), mine.begin(), mine.end());
    server.thaw();
    if (all.size() != std::size_t(askers) * asks_each) return 1;
    std::sort(all.begin(), all.end());
    std::printf("{\"askers\":%d,\"asks\":%zu,\"p50_us\":%.2f,\"p99_us\":%.2f,\"max_us\":%.2f}\n",
                askers,
                all.size(),
                quantile(all, 0.5),
                quantile(all, 0.99),
                all.back());
    return 0;
}

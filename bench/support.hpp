#pragma once

// What the measuring programs share: options, the "ready, go, figures" of bench/run, and waiting
// for a count.

#include <toril/json.hpp>
#include <toril/queue.hpp>
#include <toril/result.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace toril::bench {

using SteadyClock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;
using Options = std::map<std::string, std::string, std::less<>>;

[[noreturn]] inline void give_up(const std::string& why) {
    std::cerr << "bench: " << why << '\n';
    std::exit(1);
}

template <class T>
T must(Result<T> result) {
    if (!result) give_up(result.error().message());
    return std::move(*result);
}

inline const std::string& option(const Options& options, std::string_view name) {
    const auto found = options.find(name);
    if (found == options.end()) give_up("--" + std::string(name) + " is missing");
    return found->second;
}

inline std::size_t number(const Options& options, std::string_view name) {
    return std::stoul(option(options, name));
}

inline Json payload(std::size_t i) {
    return Json::unchecked("{\"file\":\"/srv/pictures/" + std::to_string(i) +
                           ".jpg\",\"width\":320,\"height\":200}");
}

inline NewJob new_job(std::size_t i) {
    return {.name = "resize", .data = payload(i)};
}

inline double cpu_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

inline long resident_bytes() {
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
inline void measure(
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

/// `,"p50_us":..,"p99_us":..` of microseconds.
inline std::string quantiles(std::vector<double> micros) {
    std::sort(micros.begin(), micros.end());
    const auto at = [&](double q) {
        return std::to_string(
            micros[static_cast<std::size_t>(static_cast<double>(micros.size() - 1) * q)]);
    };
    return ",\"p50_us\":" + at(0.5) + ",\"p99_us\":" + at(0.99);
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

inline Options parse(int argc, char** argv) {
    Options options;
    for (int i = 2; i + 1 < argc; i += 2)
        options.emplace(argv[i] + 2, argv[i + 1]);
    return options;
}

}  // namespace toril::bench

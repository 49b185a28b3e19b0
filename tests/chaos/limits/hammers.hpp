#pragma once

// Processes that ask for the same keys as fast as they may, and say what they were allowed.

#include <toril/throttle.hpp>

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace toril::chaos {

/// One thing that was allowed, between these two times on the steady clock, in microseconds.
struct Allowed {
    std::size_t rule = 0;
    std::int64_t asked_at = 0;
    std::int64_t answered_at = 0;
    LimitMode mode = LimitMode::store;
};

/// Threads: one. Forks: no thread may run in this process yet.
class Hammers {
public:
    Hammers(const std::string& url, const std::vector<LimitRule>& rules, std::size_t count);
    ~Hammers();  // ends them all
    Hammers(const Hammers&) = delete;
    Hammers& operator=(const Hammers&) = delete;

    /// Listens to them for so long.
    void listen_for(std::chrono::milliseconds time);
    /// Tells all to end, and hears the rest. False: one of them came to a bad end.
    bool end();

    const std::vector<Allowed>& allowed() const noexcept { return allowed_; }

private:
    struct Hammer {
        pid_t pid = 0;
        int input = -1;
        int output = -1;
        std::string rest{};
    };
    bool read_some(int timeout_ms);
    void take_records(Hammer& hammer);

    std::vector<Hammer> hammers_{};
    std::vector<Allowed> allowed_{};
};

}  // namespace toril::chaos

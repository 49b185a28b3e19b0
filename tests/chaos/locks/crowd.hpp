#pragma once

// Processes that contend for one lock, and what they say.

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace toril::chaos {

/// Longer than anything that works takes, on a busy machine too.
inline constexpr std::chrono::seconds crowd_deadline{60};

struct Said {
    std::size_t actor = 0;
    std::string what{};
    std::uint64_t fence = 0;
    std::uint64_t at = 0;  // ns since the boot
    bool held = false;     // rejected: it believed that it held the lock
};

/// Threads: one.
class Crowd {
public:
    Crowd(const std::string& url, const std::string& place, std::size_t count, int ttl_ms);
    ~Crowd();  // ends them all
    Crowd(const Crowd&) = delete;
    Crowd& operator=(const Crowd&) = delete;

    /// Reads on until one says what is looked for. None: the deadline passed, or all have ended.
    std::optional<Said> hear(const std::function<bool(const Said&)>& wanted);
    std::optional<Said> hear(const std::string& what) {
        return hear([&](const Said& said) { return said.what == what; });
    }

    void stop(std::size_t actor);  // SIGSTOP
    void resume(std::size_t actor);
    /// Tells all to end, and hears the rest.
    void end();

    /// All that was heard so far.
    const std::vector<Said>& said() const noexcept { return said_; }

private:
    struct Actor {
        pid_t pid = 0;
        int input = -1;
        int output = -1;
        std::string rest{};  // of a line
    };
    bool read_some(std::chrono::steady_clock::time_point deadline);
    void take_lines(std::size_t actor);

    std::vector<Actor> actors_{};
    std::vector<Said> said_{};
    std::size_t heard_ = 0;  // how much of it `hear` has gone through
};

}  // namespace toril::chaos

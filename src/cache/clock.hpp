#pragma once

#include <time.h>

#include <atomic>
#include <chrono>
#include <cstdint>

namespace toril::cache {

/// Milliseconds of the steady clock, as they were at the kernel's last tick (1 to 10 ms ago, 4 ms
/// with HZ=250): a quarter of what the exact time costs, and a hit asks for it.
class Clock {
public:
    Clock() = default;
    /// A test's: says what `hand` says.
    explicit Clock(const std::atomic<std::int64_t>* hand) noexcept : hand_(hand) {}

    std::int64_t now() const noexcept {
        if (hand_ != nullptr) return hand_->load();
        timespec time{};
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
        return static_cast<std::int64_t>(time.tv_sec) * 1000 + time.tv_nsec / 1'000'000;
    }

    static std::int64_t of(std::chrono::steady_clock::time_point time) noexcept {
        return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
    }
    static std::chrono::steady_clock::time_point to_time(std::int64_t ms) noexcept {
        return std::chrono::steady_clock::time_point(std::chrono::milliseconds(ms));
    }

private:
    const std::atomic<std::int64_t>* hand_ = nullptr;
};

}  // namespace toril::cache

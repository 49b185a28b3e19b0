#pragma once

// Time since the boot, the time in which the machine slept included: a lock ends while a laptop
// sleeps, and CLOCK_MONOTONIC, which stands still then, would not know.

#include <time.h>

#include <chrono>

namespace toril::lock {

struct BootClock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<BootClock>;
    static constexpr bool is_steady = true;

    static time_point now() noexcept {
        timespec time{};
        ::clock_gettime(CLOCK_BOOTTIME, &time);
        return time_point(std::chrono::seconds(time.tv_sec) +
                          std::chrono::nanoseconds(time.tv_nsec));
    }
};

}  // namespace toril::lock

#include "backend/sqlite/side/side_clock.hpp"

#include <chrono>
#include <ctime>
#include <fstream>

namespace toril::sqlite_side {
namespace {

std::int64_t system_wall_us() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

std::int64_t system_boot_ms() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

SideClock SideClock::of_system() {
    SideClock clock{.wall_us = system_wall_us, .boot_ms = system_boot_ms};
    std::ifstream("/proc/sys/kernel/random/boot_id") >> clock.boot;
    return clock;
}

}  // namespace toril::sqlite_side

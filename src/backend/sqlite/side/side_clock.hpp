#pragma once

// The clocks of the side file. Tests put their own in.

#include <cstdint>
#include <functional>
#include <string>

namespace toril::sqlite_side {

struct SideClock {
    std::function<std::int64_t()> wall_us{};  ///< Since 1970.
    /// Since the boot, suspended time included: no change of the wall clock moves it.
    std::function<std::int64_t()> boot_ms{};
    std::string boot{};  ///< Names the boot. Empty: not to be had, each counts as the same.

    static SideClock of_system();
};

}  // namespace toril::sqlite_side

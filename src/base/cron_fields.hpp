#pragma once

// A cron pattern as sets of numbers. The dialect is in cron.hpp.

#include <toril/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace toril::base {

struct CronFields {
    // Bit n: the number n is wanted.
    std::uint64_t seconds = 0;
    std::uint64_t minutes = 0;
    std::uint64_t hours = 0;
    std::uint64_t days = 0;           // of the month
    std::uint64_t months = 0;         // 1 is January
    std::uint64_t weekdays = 0;       // 0 is Sunday
    std::uint64_t last_weekdays = 0;  // the last of this weekday in its month
    int nth_weekday = 0;              // which one of `weekdays` in the month; 0: any
    bool last_day = false;            // of the month
    bool any_day = false;             // no wish about the day of the month
    bool any_weekday = false;

    bool every_hour() const noexcept { return hours == (1u << 24) - 1; }

    bool has_day(const std::chrono::year_month_day& date) const noexcept;

    /// The first wanted time of day, not before `from`.
    std::optional<std::chrono::seconds> first_time(std::chrono::seconds from) const noexcept;
};

/// Errors: `invalid_argument` that names the field, what is wrong with it and its range.
Result<CronFields> parse_cron(std::string_view pattern);

}  // namespace toril::base

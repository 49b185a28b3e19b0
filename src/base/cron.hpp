#pragma once

// Cron patterns in a time zone, as BullMQ's cron-parser reads them (bullmq-wire 3.16).
//
//     [second] minute hour day-of-month month day-of-week, or @yearly @monthly @weekly @daily
//     @hourly
//     *  a  a-b  a,b  */n  a-b/n  names of months and days  ?  L (last day of the month)
//     5L (last Friday)  5#2 (second Friday)
//
// Day of month and day of week are joined by "or" when neither is `*`. 7 is Sunday.
//
// Clock changes. A time in the gap runs at the first instant after it, once. A time that comes
// twice runs the first time; a pattern that runs each hour (`*` or a step or range in its hour
// field) runs in both hours.

#include <toril/result.hpp>
#include <toril/time.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace toril::base {

/// Threads: const methods from any. Reads the system's zone database, once, at `parse`.
class Cron {
public:
    /// `tz`: an IANA zone; empty: UTC.
    /// Errors: `invalid_argument` that names the field, what is wrong with it and its range; or
    /// the zone.
    static Result<Cron> parse(std::string_view pattern, std::string_view tz = {});

    /// The first run after `from`, to the second; empty: there is none within 100 years.
    std::optional<Timestamp> next(Timestamp from) const;

private:
    struct Fields;
    explicit Cron(std::shared_ptr<const Fields> fields) noexcept : fields_(std::move(fields)) {}

    std::shared_ptr<const Fields> fields_;
};

}  // namespace toril::base

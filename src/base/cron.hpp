#pragma once

// Cron patterns in a time zone, as BullMQ's cron-parser reads them (bullmq-wire 3.16).
//
//     [second] minute hour day-of-month month day-of-week
//     or @yearly @annually @monthly @weekly @daily @hourly @minutely @secondly @weekdays @weekends
//
//     *  a  a-b  a,b  */n  a/n  a-b/n  names of months and days  ?  L (last day of the month)
//     5L (last Friday)  5#2 (second Friday)
//
// Day of month and day of week are joined by "or" when neither is `*` or `?`. 7 is Sunday.
//
// Clock changes. A pattern that names hours follows the clock on the wall: of the times that a
// change leaves out, the first runs as much later as the clock went forward (02:30 at 03:30), and
// a time that comes twice runs the first time. A pattern with all 24 hours runs by the hours that
// pass: nothing for those left out, and in both of a pair.
//
// cron-parser, which the tests compare with, does the same but for changes by less than an hour
// or at midnight: there it leaves a day's run out, or runs twice, or gives an error.

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

#include "repeat_argument.hpp"

#include "arguments.hpp"
#include "printable.hpp"
#include "time_argument.hpp"

#include <limits>

namespace toril::cli {

void RepeatArgument::declare(Arguments& arguments) {
    arguments.duration("--every", "an interval", every_);
    arguments.duration("--offset", "with --every: runs at multiples of it plus this", offset_);
    arguments.text("--pattern", "cron: '0 3 * * *', with seconds '*/5 * * * * *'", pattern_);
    arguments.text("--tz", "with --pattern: a zone, Europe/Berlin for instance [UTC]", tz_);
    arguments.number(
        "--limit", "runs in all [no end]", {1, std::numeric_limits<std::int64_t>::max()}, limit_);
    arguments.text("--start", "no run before: 2026-11-21T10:00:00Z", start_);
    arguments.text("--end", "no run after", end_);
    arguments.flag("--immediately", "with --pattern: the first run is now", immediately_);
    arguments.text("--missed", "runs that nobody was there for: once, skip or all [once]", missed_);
}

Result<Repeat> RepeatArgument::repeat() const {
    if (every_.has_value() == pattern_.has_value())
        return Error(ErrorCode::invalid_argument, "say when: one of --every and --pattern");
    Repeat repeat{.every = every_.value_or(Millis{0}),
                  .pattern = pattern_.value_or(""),
                  .tz = tz_.value_or(""),
                  .offset = offset_,
                  .limit = limit_.value_or(0),
                  .immediately = immediately_};
    if (start_) {
        Result<Timestamp> time = parse_time("--start", *start_);
        if (!time) return time.error();
        repeat.start_date = *time;
    }
    if (end_) {
        Result<Timestamp> time = parse_time("--end", *end_);
        if (!time) return time.error();
        repeat.end_date = *time;
    }
    if (missed_) {
        const std::optional<MissedRuns> missed = missed_runs_from(*missed_);
        if (!missed)
            return Error(ErrorCode::invalid_argument,
                         "--missed is " + in_quotes(*missed_) + "; it must be once, skip or all");
        repeat.missed = *missed;
    }
    return repeat;
}

}  // namespace toril::cli

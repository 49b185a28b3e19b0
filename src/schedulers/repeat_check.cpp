#include "schedulers/repeat_check.hpp"

#include "base/cron.hpp"

#include <algorithm>
#include <string>

namespace toril::schedulers {
namespace {

constexpr Millis every_max{10LL * 365 * 86'400'000};

Error refused(std::string message) {
    return {ErrorCode::invalid_argument, std::move(message)};
}

Status check_interval(const Repeat& repeat) {
    if (repeat.every < Millis{1} || repeat.every > every_max)
        return refused("the interval is " + std::to_string(repeat.every.count()) +
                       " ms; it must be from 1 ms to 10 years");
    if (!repeat.tz.empty()) return refused("a time zone belongs to a pattern, not to an interval");
    if (repeat.offset && (*repeat.offset < Millis{0} || *repeat.offset >= repeat.every))
        return refused("the offset is " + std::to_string(repeat.offset->count()) +
                       " ms; it must be less than the interval, " +
                       std::to_string(repeat.every.count()) + " ms, and not negative");
    return {};
}

Status check_pattern(const Repeat& repeat) {
    if (repeat.offset) return refused("an offset belongs to an interval, not to a pattern");
    if (repeat.immediately && repeat.start_date != Timestamp{})
        return refused("a schedule begins at once or at its start date, not both");
    if (Result<base::Cron> cron = base::Cron::parse(repeat.pattern, repeat.tz); !cron)
        return cron.error();
    return {};
}

}  // namespace

Status check_scheduler_id(std::string_view id) {
    if (id.empty()) return refused("a scheduler's id must not be empty");
    if (id.size() > scheduler_id_bytes_max)
        return refused("the scheduler's id is " + std::to_string(id.size()) +
                       " bytes long; at most " + std::to_string(scheduler_id_bytes_max) +
                       " are allowed");
    if (id.find(':') != std::string_view::npos)
        return refused("the scheduler's id \"" + std::string(id) + "\" must not contain ':'");
    const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7F; };
    if (std::any_of(id.begin(), id.end(), is_control))
        return refused("a scheduler's id must not have a control character in it");
    return {};
}

Status check_repeat(const Repeat& repeat, Timestamp now) {
    const bool has_interval = repeat.every != Millis{0};
    if (has_interval && !repeat.pattern.empty())
        return refused("a scheduler has an interval or a pattern, not both");
    if (!has_interval && repeat.pattern.empty())
        return refused("a scheduler needs an interval or a pattern");
    if (Status s = has_interval ? check_interval(repeat) : check_pattern(repeat); !s) return s;
    if (repeat.limit < 0) return refused("the limit of runs must not be negative; 0 is no limit");
    if (repeat.end_date == Timestamp{}) return {};
    if (repeat.end_date <= now) return refused("the end date has passed");
    if (repeat.end_date < repeat.start_date)
        return refused("the end date is before the start date");
    return {};
}

std::optional<Timestamp> first_run(const Repeat& repeat, Timestamp now) {
    if (repeat.immediately) return now;
    const Result<base::Cron> cron = base::Cron::parse(repeat.pattern, repeat.tz);
    if (!cron) return std::nullopt;
    const std::optional<Timestamp> next = cron->next(std::max(now, repeat.start_date));
    if (next && repeat.end_date != Timestamp{} && *next > repeat.end_date) return std::nullopt;
    return next;
}

}  // namespace toril::schedulers

#include "base/schedule.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace toril::base {
namespace {

namespace json = boost::json;

json::object object_from(std::string_view text) {
    json::error_code failure;
    json::value value = json::parse(json::string_view(text.data(), text.size()), failure);
    return failure || !value.is_object() ? json::object{} : std::move(value.get_object());
}

std::int64_t ms(Timestamp time) {
    return time.time_since_epoch().count();
}

json::object repeat_to_json(const Repeat& repeat, std::int64_t count) {
    json::object object;
    if (repeat.every > Millis{0})
        object["every"] = repeat.every.count();
    else
        object["pattern"] = repeat.pattern;
    if (!repeat.tz.empty()) object["tz"] = repeat.tz;
    if (repeat.offset && *repeat.offset > Millis{0}) object["offset"] = repeat.offset->count();
    if (repeat.limit > 0) object["limit"] = repeat.limit;
    if (repeat.start_date != Timestamp{}) object["startDate"] = ms(repeat.start_date);
    if (repeat.end_date != Timestamp{}) object["endDate"] = ms(repeat.end_date);
    if (repeat.missed != MissedRuns::once) object["missed"] = to_string(repeat.missed);
    object["count"] = count;
    return object;
}

// Whole numbers that fit, also where a client wrote them as 1.7e12; else 0.
std::int64_t number(const json::object& object, std::string_view key) {
    const json::value* found = object.if_contains(key);
    if (found == nullptr || !found->is_number()) return 0;
    json::error_code failure;
    const auto value = found->to_number<std::int64_t>(failure);
    if (!failure) return value;
    const double rough = found->is_double() ? found->get_double() : 0;
    return std::abs(rough) < 9e15 ? static_cast<std::int64_t>(rough) : 0;
}

std::string text(const json::object& object, std::string_view key) {
    const json::value* found = object.if_contains(key);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

Timestamp time(const json::object& object, std::string_view key) {
    return Timestamp(Millis(number(object, key)));
}

Repeat repeat_from_json(const json::object& object) {
    Repeat repeat{.every = Millis(std::max<std::int64_t>(0, number(object, "every"))),
                  .pattern = text(object, "pattern"),
                  .tz = text(object, "tz"),
                  .start_date = time(object, "startDate"),
                  .end_date = time(object, "endDate"),
                  .limit = number(object, "limit"),
                  .missed = missed_runs_from(text(object, "missed")).value_or(MissedRuns::once)};
    if (repeat.pattern.empty()) repeat.pattern = text(object, "cron");  // up to BullMQ 3.0
    if (const std::int64_t offset = number(object, "offset"); offset > 0)
        repeat.offset = Millis(offset);
    return repeat;
}

}  // namespace

NextRun next_every(const Repeat& repeat, std::optional<Timestamp> previous, Timestamp now) {
    const std::int64_t every = repeat.every.count();
    const std::int64_t offset = repeat.offset.value_or(Millis{0}).count();
    const auto in_phase = [&] {
        const std::int64_t at = ms(now) / every * every + offset;
        return at <= ms(now) ? at + every : at;
    };
    std::int64_t next = ms(now);
    if (previous) {
        next = ms(*previous) + every;
        if (next < ms(now) && repeat.missed != MissedRuns::all) next = in_phase();
    } else if (repeat.start_date != Timestamp{}) {
        next = std::max(ms(repeat.start_date), ms(now));
    } else if (offset > 0) {
        next = in_phase();
    }
    return {Timestamp(Millis(next)), Millis(offset > 0 ? offset : next % every)};
}

JobId scheduled_job_id(std::string_view scheduler, Timestamp at) {
    return "repeat:" + std::string(scheduler) + ":" + std::to_string(ms(at));
}

std::optional<Timestamp> scheduled_time(std::string_view scheduler, std::string_view job) {
    const std::string start = "repeat:" + std::string(scheduler) + ":";
    if (!job.starts_with(start)) return std::nullopt;
    std::int64_t at = 0;
    const char* const end = job.data() + job.size();
    const auto read = std::from_chars(job.data() + start.size(), end, at);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return Timestamp(Millis(at));
}

std::string scheduled_options(std::string_view from, const ScheduledOptions& run) {
    json::object object = object_from(from);
    object["jobId"] = scheduled_job_id(run.scheduler, run.at);
    object["repeatJobKey"] = run.scheduler;
    object["delay"] = std::max<std::int64_t>(0, ms(run.at) - ms(run.now));
    object["timestamp"] = ms(run.now);
    // Of an interval BullMQ 6 writes none, but 5 reckons from it.
    object["prevMillis"] = ms(run.at);
    object["repeat"] = repeat_to_json(run.repeat, run.count);
    // BullMQ leaves a plain number in a scheduler's first job only.
    if (const json::value* backoff = object.if_contains("backoff"); backoff && backoff->is_number())
        object["backoff"] = json::object{{"type", "fixed"}, {"delay", *backoff}};
    return json::serialize(object);
}

ScheduledJob scheduled_job(std::string_view opts) {
    const json::object object = object_from(opts);
    ScheduledJob job{.at = time(object, "prevMillis")};
    const json::value* repeat = object.if_contains("repeat");
    if (repeat == nullptr || !repeat->is_object()) return job;
    job.repeat = repeat_from_json(repeat->get_object());
    job.count = number(repeat->get_object(), "count");
    return job;
}

std::int64_t scheduled_count(std::string_view opts) {
    return scheduled_job(opts).count;
}

}  // namespace toril::base

namespace toril {

std::string_view to_string(MissedRuns missed) noexcept {
    switch (missed) {
        case MissedRuns::skip: return "skip";
        case MissedRuns::all: return "all";
        default: return "once";
    }
}

std::optional<MissedRuns> missed_runs_from(std::string_view text) noexcept {
    for (const MissedRuns missed : {MissedRuns::once, MissedRuns::skip, MissedRuns::all})
        if (text == to_string(missed)) return missed;
    return std::nullopt;
}

}  // namespace toril

#include "base/cron.hpp"

#include "base/cron_fields.hpp"

#include <date/tz.h>

#include <algorithm>
#include <chrono>
#include <exception>

namespace toril::base {
namespace {

namespace chrono = std::chrono;
using chrono::sys_days;
using chrono::sys_seconds;
using std::chrono_literals::operator""s;
// Times on the wall, as if they were UTC.
using local_seconds = sys_seconds;

constexpr sys_seconds earliest = sys_days(chrono::year(1900) / 1 / 1);
constexpr sys_seconds latest = sys_days(chrono::year(9999) / 1 / 1);
constexpr chrono::days looked_ahead{36'525};  // 100 years

// A time during which the wall clock goes evenly.
struct Segment {
    sys_seconds begin{};
    sys_seconds end{};
    chrono::seconds offset{0};         // wall = UTC + offset
    chrono::seconds offset_before{0};  // of the segment before
};

Segment segment_at(const date::time_zone* zone, sys_seconds at) {
    if (zone == nullptr) return {earliest, latest};
    const date::sys_info info = zone->get_info(at);
    Segment segment{info.begin, info.end, info.offset, info.offset};
    if (info.begin > earliest) segment.offset_before = zone->get_info(info.begin - 1s).offset;
    return segment;
}

// The first wanted time from `from` on, before `end`.
std::optional<local_seconds> first_local(const CronFields& fields,
                                         local_seconds from,
                                         local_seconds end) {
    sys_days day = chrono::floor<chrono::days>(from);
    chrono::seconds time = from - day;
    while (day < end) {
        const chrono::year_month_day date(day);
        if (fields.has_day(date)) {
            if (const auto found = fields.first_time(time)) {
                if (day + *found >= end) return std::nullopt;
                return day + *found;
            }
        }
        const bool wanted_month = (fields.months >> static_cast<unsigned>(date.month()) & 1) != 0;
        day = wanted_month ? day + chrono::days(1)
                           : sys_days((date.year() / date.month() + chrono::months(1)) / 1);
        time = 0s;
    }
    return std::nullopt;
}

// The first run of a segment, from `from` on.
std::optional<sys_seconds> first_in(const CronFields& fields,
                                    const Segment& segment,
                                    sys_seconds from) {
    local_seconds local_from = from + segment.offset;
    std::optional<sys_seconds> left_out;
    if (!fields.every_hour()) {
        const local_seconds before = segment.begin + segment.offset_before;
        // The clock went forward: the first time that it left out runs that much later.
        if (auto skipped = first_local(fields, before, segment.begin + segment.offset))
            left_out = *skipped - segment.offset_before;
        // It went back: what was before has run.
        local_from = std::max(local_from, before);
    }
    std::optional<sys_seconds> regular;
    if (auto found = first_local(fields, local_from, segment.end + segment.offset))
        regular = *found - segment.offset;
    if (!left_out || *left_out < from || *left_out >= segment.end) return regular;
    return regular ? std::min(*regular, *left_out) : *left_out;
}

}  // namespace

struct Cron::Fields {
    CronFields fields;
    const date::time_zone* zone;  // null: UTC; else of the process' one database
};

Result<Cron> Cron::parse(std::string_view pattern, std::string_view tz) {
    Result<CronFields> fields = parse_cron(pattern);
    if (!fields) return fields.error();
    const date::time_zone* zone = nullptr;
    if (!tz.empty()) {
        try {
            zone = date::locate_zone(tz);
        } catch (const std::exception&) {
            return Error(ErrorCode::invalid_argument,
                         "time zone \"" + std::string(tz.substr(0, 60)) +
                             "\" is not in this system's database of zones (package tzdata); "
                             "names are like \"Europe/Berlin\"");
        }
    }
    return Cron(std::make_shared<const Fields>(Fields{*fields, zone}));
}

std::optional<Timestamp> Cron::next(Timestamp from) const {
    if (from >= latest - looked_ahead) return std::nullopt;
    sys_seconds at = std::max(chrono::floor<chrono::seconds>(from) + 1s, earliest);
    const sys_seconds end = at + looked_ahead;
    while (at < end) {
        const Segment segment = segment_at(fields_->zone, at);
        if (const auto found = first_in(fields_->fields, segment, at)) return *found;
        at = segment.end;
    }
    return std::nullopt;
}

}  // namespace toril::base

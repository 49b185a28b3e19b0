#include "base/object_writer.hpp"
#include "health/iso_time.hpp"

#include <toril/health.hpp>
#include <toril/json.hpp>

#include <array>
#include <charconv>
#include <cstdio>
#include <string>
#include <vector>

namespace toril {
namespace {

using base::ObjectWriter;

std::string number(double value) {
    std::array<char, 40> digits{};
    // Microseconds of a millisecond: more says nothing.
    const int length = std::snprintf(digits.data(), digits.size(), "%.3f", value);
    std::string text(digits.data(), static_cast<std::size_t>(length));
    // A program may have chosen another decimal sign.
    if (const std::size_t comma = text.find(','); comma != std::string::npos) text[comma] = '.';
    // A number with a point stays one: readers take 1.0 for a real number and 1 for a whole one.
    while (text.ends_with('0') && !text.ends_with(".0"))
        text.pop_back();
    return text;
}

void string_or_null(ObjectWriter& object, std::string_view key, std::string_view value) {
    if (value.empty())
        object.raw(key, "null");
    else
        object.string(key, value);
}

void millis_or_null(ObjectWriter& object, std::string_view key, std::optional<Millis> value) {
    if (value)
        object.number(key, value->count());
    else
        object.raw(key, "null");
}

std::string_view reason_or_nothing(HealthReason reason) {
    return reason == HealthReason::none ? std::string_view() : to_string(reason);
}

Json json_of(const ServiceHealth& service) {
    ObjectWriter object;
    object.string("status", service.status);
    object.boolean("connected", service.connected);
    if (service.response_ms)
        object.raw("responseTime", number(*service.response_ms));
    else
        object.raw("responseTime", "null");
    string_or_null(object, "error", service.error);
    string_or_null(object, "reason", reason_or_nothing(service.reason));
    object.boolean("optional", service.optional);
    string_or_null(object, "fallbackMode", service.fallback);
    return std::move(object).finish();
}

Json json_of(const Fallback& fallback) {
    ObjectWriter object;
    object.string("subsystem", fallback.subsystem);
    object.string("mode", fallback.mode);
    object.boolean("active", fallback.active);
    string_or_null(object, "reason", fallback.reason);
    object.number("sinceMs", fallback.since.count());
    object.number("totalMs", fallback.total.count());
    object.number("times", fallback.times);
    object.number("count", fallback.count);
    return std::move(object).finish();
}

Json json_of(const LinkHealth& link) {
    ObjectWriter object;
    object.string("role", link.role);
    object.string("name", link.name);
    object.string("state", link.state);
    string_or_null(object, "reason", reason_or_nothing(link.reason));
    string_or_null(object, "detail", link.detail);
    object.number("sinceMs", link.since.count());
    millis_or_null(object, "lastOkMs", link.last_ok);
    object.raw("rttMs", number(static_cast<double>(link.rtt.count()) / 1'000));
    object.number("connects", link.connects);
    object.number("failures", link.failures);
    object.number("disconnects", link.disconnects);
    object.number("timeouts", link.timeouts);
    object.number("waiting", link.waiting);
    return std::move(object).finish();
}

Json json_of(const QueueProgress& queue) {
    ObjectWriter object;
    object.string("queue", queue.queue);
    object.number("waiting", queue.waiting);
    object.number("active", queue.active);
    object.number("delayedOverdue", queue.delayed_overdue);
    millis_or_null(object, "oldestWaitingMs", queue.oldest_waiting);
    object.boolean("paused", queue.paused);
    object.boolean("stuck", queue.stuck);
    string_or_null(object, "detail", queue.detail);
    millis_or_null(object, "canaryAgeMs", queue.canary_age);
    return std::move(object).finish();
}

template <class T>
std::string list(const std::vector<T>& items) {
    std::string text = "[";
    for (const T& item : items) {
        if (text.size() > 1) text += ",";
        text += json_of(item).text();
    }
    return text + "]";
}

}  // namespace

Json to_json(const HealthReport& report) {
    ObjectWriter services;
    for (const ServiceHealth& service : report.services)
        services.foreign(service.name, json_of(service).text());
    ObjectWriter cache;
    if (report.cache_hit_rate)
        cache.raw("hitRate", number(*report.cache_hit_rate));
    else
        cache.raw("hitRate", "null");
    ObjectWriter object;
    object.string("status", to_string(report.status));
    object.string("timestamp", health::iso_time(report.at));
    object.number("since", report.since.count());
    string_or_null(object, "cause", report.cause);
    object.string("store", report.store);
    object.raw("services", std::move(services).finish().text());
    object.raw("fallbacks", list(report.fallbacks));
    object.raw("links", list(report.links));
    object.raw("queues", list(report.queues));
    object.raw("cache", std::move(cache).finish().text());
    return std::move(object).finish();
}

}  // namespace toril

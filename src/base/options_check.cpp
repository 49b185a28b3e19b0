#include "base/names.hpp"
#include "base/options_codec.hpp"

namespace toril::base {
namespace {

// Due times are stored as milliseconds x 4096 in a double, which is exact until 2039.
constexpr Millis duration_max{10LL * 365 * 86'400'000};

Error refused(std::string message) {
    return {ErrorCode::invalid_argument, std::move(message)};
}

Status check_duration(const std::string& what, Millis duration) {
    if (duration >= Millis{0} && duration <= duration_max) return {};
    return refused(what + " is " + std::to_string(duration.count()) +
                   " ms; it must be from 0 to 10 years");
}

Status check_deduplication(const JobOptions& options) {
    if (!options.deduplication) return {};
    const Deduplication& deduplication = *options.deduplication;
    if (Status s = check_deduplication_id(deduplication.id); !s) return s;
    if (Status s = check_duration("the deduplication's ttl", deduplication.ttl); !s) return s;
    if (deduplication.replace && deduplication.reschedule)
        return refused("a deduplication can replace the delayed job or reschedule it, not both");
    if (options.parent)
        return refused(
            "a job with a parent cannot have a deduplication: its parent would wait "
            "for a job that was not added");
    return {};
}

}  // namespace

Status check_options(const JobOptions& options) {
    if (!options.id.empty())
        if (Status s = check_new_job_id(options.id); !s) return s;
    if (options.attempts < 1)
        return refused("attempts is " + std::to_string(options.attempts) +
                       "; it must be at least 1");
    if (options.priority < 0 || options.priority > priority_max)
        return refused("priority is " + std::to_string(options.priority) +
                       "; it must be from 0 to " + std::to_string(priority_max));
    if (Status s = check_duration("delay", options.delay); !s) return s;
    if (Status s = check_duration("the backoff's delay", options.backoff.delay); !s) return s;
    if (!(options.backoff.jitter >= 0 && options.backoff.jitter <= 1))
        return refused("the backoff's jitter must be from 0 to 1");
    if (options.backoff.kind == Backoff::Kind::custom && options.backoff.type.empty())
        return refused("a custom backoff needs a type");
    for (const auto* keep : {&options.remove_on_complete, &options.remove_on_fail})
        if (*keep && (((*keep)->count && *(*keep)->count < 0) ||
                      ((*keep)->age && *(*keep)->age < Millis{0})))
            return refused("the count and age of jobs to keep must not be negative");
    if (options.keep_logs.value_or(0) < 0 || options.stack_trace_limit.value_or(0) < 0)
        return refused("keep_logs and stack_trace_limit must not be negative");
    if (Status s = check_deduplication(options); !s) return s;
    if (options.parent && (options.parent->queue.empty() || options.parent->id.empty()))
        return refused("a parent needs a queue and an id");
    if (!options.other.is_null() && !options.other.text().starts_with('{'))
        return refused("other options must be a JSON object");
    return {};
}

}  // namespace toril::base

// What a queue tells about itself: jobs by a filter, metrics, events of the program's own.

#include "base/clock.hpp"
#include "base/names.hpp"
#include "queue/explain.hpp"
#include "queue/prometheus.hpp"
#include "queue/queue_client.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace toril::queue {
namespace {

constexpr std::size_t event_bytes_max = 1024u * 1024;
constexpr std::size_t event_name_bytes_max = 256;

// Node's emitter gives "error" a meaning of its own.
constexpr std::array<std::string_view, 19> own_events{"added",
                                                      "waiting",
                                                      "delayed",
                                                      "waiting-children",
                                                      "active",
                                                      "progress",
                                                      "completed",
                                                      "failed",
                                                      "retries-exhausted",
                                                      "stalled",
                                                      "removed",
                                                      "duplicated",
                                                      "deduplicated",
                                                      "debounced",
                                                      "cleaned",
                                                      "drained",
                                                      "paused",
                                                      "resumed",
                                                      "error"};

Error refused(std::string message) {
    return {ErrorCode::invalid_argument, std::move(message)};
}

Status check_event(std::string_view name,
                   const std::vector<std::pair<std::string, std::string>>& fields) {
    if (name.empty() || name.size() > event_name_bytes_max)
        return refused("an event's name has 1 to 256 bytes");
    if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20; }))
        return refused("an event's name must not have control characters");
    // "completed:7" is what Node's waitUntilFinished listens to.
    const std::string_view first = name.substr(0, name.find(':'));
    if (std::find(own_events.begin(), own_events.end(), first) != own_events.end())
        return refused("the event \"" + std::string(first) +
                       "\" is BullMQ's own: listeners would take it for one of the queue's");
    std::size_t bytes = 0;
    for (const auto& [field, value] : fields) {
        if (field.empty() || field == "event" || field == "id")
            return refused("a field of an event must not be \"" + field + "\"");
        bytes += field.size() + value.size();
    }
    if (bytes > event_bytes_max)
        return Error(ErrorCode::limit_reached,
                     "the event has " + std::to_string(bytes) + " bytes; at most " +
                         std::to_string(event_bytes_max) + " are allowed");
    return {};
}

Status check_filter(const JobFilter& filter) {
    if (std::find(filter.states.begin(), filter.states.end(), JobState::unknown) !=
        filter.states.end())
        return refused("no list holds jobs of state \"unknown\"");
    for (const JobFilter::DataMember& member : filter.data)
        if (Result<Json> value = Json::parse(member.value.text()); !value)
            return refused("the value for \"" + member.path + "\" is " + value.error().message());
    return {};
}

}  // namespace

Status QueueClient::find(const JobFilter& filter,
                         const std::function<bool(const Job&)>& found,
                         const std::function<bool(std::uint64_t looked)>& progress) const {
    if (Status s = check_filter(filter); !s) return s;
    contract::FindParams params{.queue = name_, .filter = filter};
    std::uint64_t looked = 0;
    do {
        auto step = ask<Result<contract::Found>>(
            Repeat::always,
            [&](contract::JobStore& store, auto done) { store.find(params, std::move(done)); });
        if (!step) return step.error();
        for (const Job& job : step->jobs)
            if (!found(job)) return {};
        looked += step->looked;
        if (progress && !progress(looked)) return {};
        params.cursor = std::move(step->cursor);
    } while (!params.cursor.empty());
    return {};
}

Result<QueueMetrics> QueueClient::metrics(JobState state,
                                          std::int64_t start,
                                          std::int64_t end) const {
    if (state != JobState::completed && state != JobState::failed)
        return refused("there are metrics of completed and of failed jobs only");
    const contract::MetricsParams params{
        .queue = name_, .failed = state == JobState::failed, .start = start, .end = end};
    auto kept = ask<Result<contract::Metrics>>(
        Repeat::always,
        [&](contract::JobStore& store, auto done) { store.metrics(params, std::move(done)); });
    if (!kept) return kept.error();
    return QueueMetrics{.count = static_cast<std::uint64_t>(std::max<std::int64_t>(kept->count, 0)),
                        .data = std::move(kept->data)};
}

Result<std::string> QueueClient::prometheus_metrics(
    const std::map<std::string, std::string>& labels) const {
    if (Status s = check_labels(labels); !s) return s.error();
    const Result<JobCounts> jobs = counts();
    if (!jobs) return jobs.error();
    const Result<QueueMetrics> completed = metrics(JobState::completed, 0, 0);
    if (!completed) return completed.error();
    const Result<QueueMetrics> failed = metrics(JobState::failed, 0, 0);
    if (!failed) return failed.error();
    return prometheus_text({.queue = name_,
                            .labels = labels,
                            .jobs = *jobs,
                            .completed = completed->count,
                            .failed = failed->count});
}

Status QueueClient::publish_event(std::string_view name,
                                  const std::vector<std::pair<std::string, std::string>>& fields) {
    if (Status s = check_event(name, fields); !s) return s;
    const contract::PublishEventParams params{
        .queue = name_, .name = std::string(name), .fields = fields};
    return ask<Status>(Repeat::when_unchanged, [&](contract::JobStore& store, auto done) {
        store.publish_event(params, std::move(done));
    });
}

Result<std::uint64_t> QueueClient::trim_events(std::uint64_t kept) {
    return ask<Result<std::uint64_t>>(Repeat::always, [&](contract::JobStore& store, auto done) {
        store.trim_events(name_, kept, std::move(done));
    });
}

Result<std::string> QueueClient::explain(std::string_view id) const {
    if (Status s = base::check_job_id(id); !s) return s.error();
    Result<JobFacts> facts = gather_facts(asker_, ref(id), base::wall_now());
    if (!facts) return facts.error();
    return toril::queue::explain(*facts);
}

}  // namespace toril::queue

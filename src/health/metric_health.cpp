// What a Health knows, as samples.

#include "health/health_impl.hpp"
#include "health/metric_sources.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>

namespace toril {
namespace health {
namespace {

using Labels = MetricsWriter::Labels;

double seconds(Millis millis) {
    return static_cast<double>(millis.count()) / 1'000;
}

void write_status(const HealthFigures& figures, MetricsWriter& writer) {
    for (const HealthStatus status :
         {HealthStatus::healthy, HealthStatus::degraded, HealthStatus::unhealthy})
        writer.gauge("toril_health_status",
                     "1 for the status that the program has",
                     figures.report.status == status ? 1 : 0,
                     {{"status", to_string(status)}});
    writer.gauge(
        "toril_health_status_seconds", "How long it has had it", seconds(figures.report.since));
    writer.counter("toril_health_transitions_total",
                   "Changes of the status",
                   static_cast<double>(figures.transitions));
    for (const ServiceHealth& service : figures.report.services)
        writer.gauge("toril_service_up",
                     "1 for a dependency that works as it should",
                     service.status == "up" ? 1 : 0,
                     {{"service", service.name}});
}

void write_store(const HealthFigures& figures, MetricsWriter& writer) {
    const Labels labels{{"store", figures.kind}};
    for (const ServiceHealth& service : figures.report.services) {
        if (service.name != "store") continue;
        writer.gauge("toril_store_up",
                     "1 while the store answers and takes writes",
                     service.connected ? 1 : 0,
                     labels);
        if (service.response_ms)
            writer.gauge("toril_store_rtt_seconds",
                         "Smoothed round trip of a ping",
                         *service.response_ms / 1'000,
                         labels);
        writer.gauge("toril_store_trouble",
                     "1, with the reason for which the store is not as it should be",
                     service.reason == HealthReason::none ? 0 : 1,
                     {{"store", figures.kind}, {"reason", to_string(service.reason)}});
    }
}

// Several connections of one role are one line: there may be one a worker.
struct RoleSum {
    double links = 0;
    double ready = 0;
    std::uint64_t connects = 0, failures = 0, disconnects = 0, timeouts = 0;
    std::size_t waiting = 0;
};

std::map<std::string, RoleSum> sums_of(const std::vector<LinkHealth>& links) {
    std::map<std::string, RoleSum> sums;
    for (const LinkHealth& link : links) {
        RoleSum& sum = sums[link.role];
        sum.links += 1;
        sum.ready += link.state == "ready" ? 1 : 0;
        sum.connects += link.connects;
        sum.failures += link.failures;
        sum.disconnects += link.disconnects;
        sum.timeouts += link.timeouts;
        sum.waiting += link.waiting;
    }
    return sums;
}

void write_links(const HealthFigures& figures, MetricsWriter& writer) {
    for (const auto& [role, sum] : sums_of(figures.report.links)) {
        const Labels labels{{"role", role}};
        writer.gauge("toril_store_links", "Connections of the store", sum.links, labels);
        writer.gauge("toril_store_links_ready", "Of these, with a link", sum.ready, labels);
        writer.counter("toril_store_connects_total",
                       "Links that came to be",
                       static_cast<double>(sum.connects),
                       labels);
        writer.counter("toril_store_connect_failures_total",
                       "Attempts to connect that came to nothing",
                       static_cast<double>(sum.failures),
                       labels);
        writer.counter("toril_store_disconnects_total",
                       "Links that were lost",
                       static_cast<double>(sum.disconnects),
                       labels);
        // The first of each connection is no mending.
        const double first = std::min(sum.links, static_cast<double>(sum.connects));
        writer.counter("toril_store_reconnects_total",
                       "Links that came to be after one was lost",
                       static_cast<double>(sum.connects) - first,
                       labels);
        writer.counter("toril_store_deadline_exceeded_total",
                       "Commands without an answer in time",
                       static_cast<double>(sum.timeouts),
                       labels);
        writer.gauge("toril_store_inflight",
                     "Commands without an answer",
                     static_cast<double>(sum.waiting),
                     labels);
    }
}

void write_fallbacks(const HealthFigures& figures, MetricsWriter& writer) {
    for (const Fallback& fallback : figures.report.fallbacks) {
        const Labels labels{{"subsystem", fallback.subsystem}};
        writer.gauge("toril_fallback_active",
                     "1 while something stands in for the store",
                     fallback.active ? 1 : 0,
                     {{"subsystem", fallback.subsystem}, {"mode", fallback.mode}});
        writer.counter("toril_fallback_seconds_total",
                       "Time in which something stood in for the store",
                       seconds(fallback.total),
                       labels);
        writer.counter("toril_fallback_times_total",
                       "How often that began",
                       static_cast<double>(fallback.times),
                       labels);
        writer.counter("toril_fallback_operations_total",
                       "What was done in that way",
                       static_cast<double>(fallback.count),
                       labels);
    }
}

void write_progress(const HealthFigures& figures, MetricsWriter& writer) {
    for (const QueueProgress& queue : figures.report.queues) {
        const Labels labels{{"queue", queue.queue}};
        writer.gauge(
            "toril_queue_stuck", "1 while nobody works on it", queue.stuck ? 1 : 0, labels);
        writer.gauge("toril_queue_paused", "1 while it is paused", queue.paused ? 1 : 0, labels);
        writer.gauge("toril_queue_oldest_wait_seconds",
                     "Age of the oldest job that could run; 0: there is none",
                     seconds(queue.oldest_waiting.value_or(Millis{0})),
                     labels);
        writer.gauge("toril_queue_delayed_overdue",
                     "Delayed jobs that should have run, among the first 100",
                     static_cast<double>(queue.delayed_overdue),
                     labels);
        if (queue.canary_age)
            writer.gauge("toril_queue_canary_age_seconds",
                         "Since a canary job came through",
                         seconds(*queue.canary_age),
                         labels);
    }
}

void write_server(const HealthFigures& figures, MetricsWriter& writer) {
    if (!figures.server) return;
    const ServerInfo& server = *figures.server;
    const std::array<std::pair<std::string_view, std::uint64_t>, 4> memory{
        {{"used", server.memory_used},
         {"peak", server.memory_peak},
         {"rss", server.memory_rss},
         {"max", server.memory_max}}};
    for (const auto& [kind, bytes] : memory)
        if (bytes > 0)
            writer.gauge("toril_store_memory_bytes",
                         "Memory of the server",
                         static_cast<double>(bytes),
                         {{"store", figures.kind}, {"kind", kind}});
    if (figures.kind != "redis") return;
    const std::array<std::pair<std::string_view, std::uint64_t>, 2> clients{
        {{"connected", server.clients}, {"blocked", server.clients_blocked}}};
    for (const auto& [kind, count] : clients)
        writer.gauge("toril_store_clients",
                     "Clients of the server",
                     static_cast<double>(count),
                     {{"store", figures.kind}, {"kind", kind}});
    const Labels labels{{"store", figures.kind}};
    writer.gauge("toril_store_keys",
                 "Keys in the database in use",
                 static_cast<double>(server.keys),
                 labels);
    writer.counter("toril_store_evicted_keys_total",
                   "Keys that the server removed to make room",
                   static_cast<double>(server.evicted),
                   labels);
}

}  // namespace

void write_health(const HealthFigures& figures, MetricsWriter& writer) {
    write_status(figures, writer);
    write_store(figures, writer);
    write_links(figures, writer);
    write_fallbacks(figures, writer);
    write_progress(figures, writer);
    write_server(figures, writer);
}

}  // namespace health

std::uint64_t Metrics::add(const Health& health) {
    return add([impl = health.impl_](MetricsWriter& writer) {
        const health::Core& core = impl->core;
        const std::optional<ServerInfo> server = core.server();
        const auto report = core.snapshot().get();
        health::write_health({.report = *report,
                              .kind = core.kind(),
                              .transitions = core.transitions(),
                              .server = server},
                             writer);
    });
}

}  // namespace toril

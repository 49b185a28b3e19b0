#include "health/metric_sources.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

namespace toril::health {
namespace {

using Labels = MetricsWriter::Labels;
template <std::size_t N>
using Counts = std::array<std::pair<std::string_view, std::uint64_t>, N>;

double seconds(Millis millis) {
    return static_cast<double>(millis.count()) / 1'000;
}

double seconds(std::uint64_t millis) {
    return static_cast<double>(millis) / 1'000;
}

// One counter in parts: a sample for each value of the label `key`.
template <std::size_t N>
void count_each(MetricsWriter& writer,
                std::string_view name,
                std::string_view help,
                const std::pair<Labels, std::string_view>& labels_and_key,
                const Counts<N>& counts) {
    for (const auto& [value, count] : counts) {
        Labels labels = labels_and_key.first;
        labels.emplace_back(labels_and_key.second, value);
        writer.counter(name, help, static_cast<double>(count), labels);
    }
}

void write_cache_reads(const CacheStats& stats, const Labels& labels, MetricsWriter& writer) {
    count_each<4>(writer,
                  "toril_cache_requests_total",
                  "Reads of a cache by what they found",
                  {labels, "result"},
                  {{{"hit_memory", stats.hits_memory},
                    {"hit_store", stats.hits_store},
                    {"stale", stats.hits_stale},
                    {"miss", stats.misses}}});
    writer.counter("toril_cache_negative_hits_total",
                   "Hits that say there is nothing",
                   static_cast<double>(stats.hits_negative),
                   labels);
    writer.gauge("toril_cache_hit_ratio", "Hits among all reads, 0 to 1", stats.hit_rate(), labels);
    count_each<2>(writer,
                  "toril_cache_loads_total",
                  "Calls of loaders by how they ended",
                  {labels, "result"},
                  {{{"loaded", stats.loads - std::min(stats.loads, stats.load_failures)},
                    {"failed", stats.load_failures}}});
    writer.counter("toril_cache_load_seconds_total",
                   "Time spent in loaders",
                   seconds(stats.load_time_ms),
                   labels);
    writer.counter("toril_cache_loads_coalesced_total",
                   "Reads that waited for the load of another",
                   static_cast<double>(stats.coalesced),
                   labels);
    writer.counter("toril_cache_fills_refused_total",
                   "Loads that came after a removal or an invalidation, and were not kept",
                   static_cast<double>(stats.fills_refused),
                   labels);
}

void write_cache_changes(const CacheStats& stats, const Labels& labels, MetricsWriter& writer) {
    count_each<2>(writer,
                  "toril_cache_changes_total",
                  "Entries that were set or removed",
                  {labels, "change"},
                  {{{"set", stats.sets}, {"remove", stats.removals}}});
    writer.counter("toril_cache_invalidations_total",
                   "Tags and patterns that were invalidated, here and elsewhere",
                   static_cast<double>(stats.invalidations),
                   labels);
    count_each<2>(writer,
                  "toril_cache_evictions_total",
                  "Entries that left memory by themselves",
                  {labels, "cause"},
                  {{{"size", stats.evictions_size}, {"ttl", stats.evictions_age}}});
    writer.counter("toril_cache_rejected_total",
                   "Values that memory did not take because what it has is read more often",
                   static_cast<double>(stats.rejected),
                   labels);
}

void write_cache_state(const CacheStats& stats, const Labels& labels, MetricsWriter& writer) {
    writer.gauge(
        "toril_cache_entries", "Entries in memory", static_cast<double>(stats.entries), labels);
    writer.gauge("toril_cache_bytes",
                 "Bytes that they take in memory",
                 static_cast<double>(stats.bytes),
                 labels);
    writer.gauge("toril_cache_bytes_max",
                 "Bytes that they may take",
                 static_cast<double>(stats.bytes_max),
                 labels);
    count_each<2>(writer,
                  "toril_cache_store_errors_total",
                  "Troubles with the tier in the store",
                  {labels, "kind"},
                  {{{"failure", stats.store_failures}, {"unreadable", stats.unreadable}}});
    writer.counter("toril_cache_feed_losses_total",
                   "How often news of other processes were missed and memory was emptied",
                   static_cast<double>(stats.feed_losses),
                   labels);
    writer.gauge("toril_cache_heard_age_seconds",
                 "Age of the news of other processes",
                 seconds(stats.heard_age),
                 labels);
    writer.gauge("toril_cache_staleness_bound_seconds",
                 "How old what memory serves may be",
                 seconds(stats.staleness_bound),
                 labels);
    writer.gauge("toril_cache_store_away",
                 "1 while memory goes on alone",
                 stats.is_store_away ? 1 : 0,
                 labels);
    writer.counter("toril_cache_fallback_seconds_total",
                   "Time in which memory went on alone",
                   seconds(stats.fallback_ms),
                   labels);
    for (const auto& [scale, ratio] : stats.what_if) {
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), "%g", scale);
        Labels scaled = labels;
        scaled.emplace_back("scale", text.data());
        writer.gauge("toril_cache_whatif_hit_ratio",
                     "What the hit ratio of memory would be at so many times its size",
                     ratio,
                     scaled);
    }
}

}  // namespace

void write_cache(const CacheStats& stats, std::string_view cache, MetricsWriter& writer) {
    const Labels labels{{"cache", cache}};
    write_cache_reads(stats, labels, writer);
    write_cache_changes(stats, labels, writer);
    write_cache_state(stats, labels, writer);
}

void write_locks(const LockStats& stats, std::string_view name, MetricsWriter& writer) {
    const Labels labels{{"name", name}};
    count_each<4>(writer,
                  "toril_lock_acquire_total",
                  "Attempts to acquire a lock by how they ended",
                  {labels, "result"},
                  {{{"held", stats.held},
                    {"busy", stats.busy},
                    {"degraded", stats.degraded},
                    {"refused_away", stats.refused_away}}});
    writer.counter("toril_lock_released_total",
                   "Locks that were released",
                   static_cast<double>(stats.released),
                   labels);
    writer.counter(
        "toril_lock_renew_total", "Renewals of locks", static_cast<double>(stats.renewals), labels);
    writer.counter("toril_lock_lost_total",
                   "Locks that were lost while they were held",
                   static_cast<double>(stats.lost),
                   labels);
    writer.counter("toril_lock_wait_seconds_total",
                   "Time in which callers waited for another",
                   seconds(stats.wait_ms),
                   labels);
    writer.gauge("toril_lock_holding",
                 "Locks that are held now",
                 static_cast<double>(stats.holding),
                 labels);
}

void write_throttle(const ThrottleStats& stats, std::string_view name, MetricsWriter& writer) {
    const Labels labels{{"name", name}};
    count_each<2>(writer,
                  "toril_ratelimit_decisions_total",
                  "Decisions of a rate limit",
                  {labels, "result"},
                  {{{"allow", stats.allowed}, {"deny", stats.refused}}});
    writer.counter("toril_ratelimit_denied_remembered_total",
                   "Refusals for which the store was not asked",
                   static_cast<double>(stats.refused_remembered),
                   labels);
    writer.counter("toril_ratelimit_local_decisions_total",
                   "Decisions while the store was away",
                   static_cast<double>(stats.local),
                   labels);
    writer.counter("toril_ratelimit_carryover_merged_total",
                   "Keys whose local use was told to the store after",
                   static_cast<double>(stats.carried_over),
                   labels);
    writer.counter("toril_ratelimit_store_errors_total",
                   "Calls of the store that failed",
                   static_cast<double>(stats.store_failures),
                   labels);
    writer.gauge("toril_ratelimit_local_keys",
                 "Keys that are known here",
                 static_cast<double>(stats.local_keys),
                 labels);
    writer.counter("toril_ratelimit_fallback_seconds_total",
                   "Time in which limits were decided here",
                   seconds(stats.fallback_ms),
                   labels);
}

void write_worker(const WorkerStats& stats,
                  std::string_view queue,
                  std::string_view name,
                  MetricsWriter& writer) {
    const Labels labels{{"queue", queue}, {"worker", name}};
    writer.counter("toril_worker_jobs_started_total",
                   "Runs of the handler that began",
                   static_cast<double>(stats.started),
                   labels);
    count_each<3>(
        writer,
        "toril_worker_jobs_total",
        "Runs by how they ended",
        {labels, "result"},
        {{{"completed", stats.completed}, {"failed", stats.failed}, {"retried", stats.retried}}});
    writer.counter("toril_worker_jobs_stalled_total",
                   "Jobs of lost workers that this one recovered",
                   static_cast<double>(stats.stalled),
                   labels);
    writer.counter("toril_worker_locks_lost_total",
                   "Jobs whose lock was lost while they ran",
                   static_cast<double>(stats.lost),
                   labels);
    writer.gauge(
        "toril_worker_running", "Jobs that run now", static_cast<double>(stats.running), labels);
    writer.histogram("toril_job_duration_seconds",
                     "How long the handler took",
                     job_duration_bounds,
                     stats.durations,
                     std::chrono::duration<double>(stats.busy).count(),
                     labels);
}

}  // namespace toril::health

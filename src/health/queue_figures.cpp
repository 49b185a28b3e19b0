#include "health/queue_figures.hpp"

#include <array>
#include <string_view>

namespace toril::health {
namespace {

void write_ours(const queue::QueueFigures& figures, MetricsWriter& writer) {
    const JobCounts& jobs = figures.jobs;
    const std::array<std::pair<std::string_view, std::uint64_t>, 7> states{
        {{"waiting", jobs.waiting},
         {"active", jobs.active},
         {"delayed", jobs.delayed},
         {"prioritized", jobs.prioritized},
         {"waiting-children", jobs.waiting_children},
         {"completed", jobs.completed},
         {"failed", jobs.failed}}};
    for (const auto& [state, count] : states)
        writer.gauge("toril_queue_jobs",
                     "Jobs of a queue by state",
                     static_cast<double>(count),
                     {{"queue", figures.queue}, {"state", state}});
    const std::array<std::pair<std::string_view, std::uint64_t>, 2> results{
        {{"completed", figures.completed}, {"failed", figures.failed}}};
    for (const auto& [result, count] : results)
        writer.counter("toril_queue_jobs_finished_total",
                       "Jobs that workers with metrics have finished, of all time",
                       static_cast<double>(count),
                       {{"queue", figures.queue}, {"result", result}});
}

}  // namespace

void QueueFigureSource::State::ask() {
    const Result<JobCounts> counts = queue.counts();
    if (!counts) return;
    const Result<QueueMetrics> completed = queue.metrics(JobState::completed, 0, 0);
    if (!completed) return;
    const Result<QueueMetrics> failed = queue.metrics(JobState::failed, 0, 0);
    if (!failed) return;
    base::MutexLock lock(mutex);
    figures = queue::QueueFigures{.queue = queue.name(),
                                  .jobs = *counts,
                                  .completed = completed->count,
                                  .failed = failed->count};
}

void QueueFigureSource::State::write(MetricsWriter& writer) const {
    std::optional<queue::QueueFigures> known;
    {
        base::MutexLock lock(mutex);
        known = figures;
    }
    if (known) {
        queue::write_prometheus(*known, writer);
        write_ours(*known, writer);
    }
    write_spool(writer);
}

void QueueFigureSource::State::write_spool(MetricsWriter& writer) const {
    const SpoolStats spool = queue.spool_stats();
    const MetricsWriter::Labels of_queue{{"queue", queue.name()}};
    writer.gauge("toril_spool_jobs",
                 "Jobs that wait in the spool for the store",
                 static_cast<double>(spool.jobs),
                 of_queue);
    writer.gauge(
        "toril_spool_bytes", "Bytes that they take", static_cast<double>(spool.bytes), of_queue);
    writer.gauge("toril_spool_oldest_seconds",
                 "Age of the first of them",
                 static_cast<double>(spool.oldest_age.count()) / 1'000,
                 of_queue);
    const std::array<std::pair<std::string_view, std::uint64_t>, 5> results{
        {{"spooled", spool.spooled},
         {"forwarded", spool.forwarded},
         {"refused", spool.refused},
         {"dropped", spool.dropped},
         {"rejected", spool.rejected}}};
    for (const auto& [result, count] : results)
        writer.counter("toril_spool_jobs_total",
                       "Jobs of the spool by what became of them",
                       static_cast<double>(count),
                       {{"queue", queue.name()}, {"result", result}});
}

QueueFigureSource::QueueFigureSource(Queue queue, Millis every)
    : state_(std::make_shared<State>(std::move(queue))),
      repeater_(every, [state = state_] { state->ask(); }) {}

}  // namespace toril::health

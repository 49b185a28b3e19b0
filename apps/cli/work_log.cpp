#include "work_log.hpp"

#include <toril/config.hpp>

#include <algorithm>
#include <chrono>

namespace toril::cli {
namespace {

std::string taken_millis(const Job& job) {
    if (job.processed_on == Timestamp{}) return "";
    const Timestamp now = std::chrono::floor<Millis>(std::chrono::system_clock::now());
    return std::to_string(std::max<Millis::rep>(0, (now - job.processed_on).count()));
}

}  // namespace

void WorkLog::job_event(LogLevel level,
                        std::string_view event,
                        const Job& job,
                        std::string message) {
    LogRecord record{.level = level, .event = event, .message = std::move(message)};
    record.fields = {{"queue", job.queue},
                     {"job_id", job.id},
                     {"name", job.name},
                     {"attempt", std::to_string(job.attempts_made + 1)}};
    if (event != "job.active") record.fields.emplace_back("dur_ms", taken_millis(job));
    logs_.print(record);
}

// Each asks whether it will be printed before it makes anything: there may be 20'000 a second.
WorkerHooks WorkLog::hooks(const std::string& queue) {
    WorkerHooks hooks;
    hooks.active = [this](const Job& job) {
        if (logs_.admits(LogLevel::debug, "job.active"))
            job_event(LogLevel::debug, "job.active", job, "");
    };
    hooks.completed = [this](const Job& job, const Json&) {
        if (logs_.admits(LogLevel::info, "job.completed"))
            job_event(LogLevel::info, "job.completed", job, "");
    };
    hooks.failed = [this](const Job& job, const std::string& reason, bool final) {
        const std::string_view event = final ? "job.failed" : "job.attempt_failed";
        if (logs_.admits(LogLevel::warning, event))
            job_event(LogLevel::warning, event, job, reason);
    };
    hooks.stalled = [this, queue](const JobId& id) {
        logs_.write({.level = LogLevel::warning,
                     .event = "job.stalled",
                     .message = "its worker is gone; the job is back in the queue",
                     .fields = {{"queue", queue}, {"job_id", id}}});
    };
    hooks.error = [this, queue](const Error& error) {
        logs_.write(
            {.level = LogLevel::warning,
             .event = "worker.error",
             .message = error.message(),
             .fields = {{"queue", queue}, {"err.code", std::string(to_string(error.code()))}}});
    };
    return hooks;
}

void WorkLog::started(const std::string& queue,
                      const std::string& store,
                      const WorkerOptions& options) {
    logs_.print({.event = "worker.started",
                 .fields = {{"queue", queue},
                            {"store", store},
                            {"concurrency", std::to_string(options.concurrency)}}});
}

void WorkLog::stopping(Millis grace, int running) {
    logs_.print({.event = "worker.stopping",
                 .message = running == 0
                                ? "nothing is running"
                                : "waiting up to " + format_duration(grace) +
                                      " for running jobs; a second signal hands them back at once",
                 .fields = {{"running", std::to_string(running)}}});
}

void WorkLog::stopped(const WorkerStats& stats, std::size_t handed_back) {
    logs_.print({.event = "worker.stopped",
                 .fields = {{"completed", std::to_string(stats.completed)},
                            {"failed", std::to_string(stats.failed)},
                            {"retried", std::to_string(stats.retried)},
                            {"handed_back", std::to_string(handed_back)}}});
}

}  // namespace toril::cli

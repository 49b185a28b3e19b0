#pragma once

#include "logs.hpp"

#include <toril/worker.hpp>

#include <string>

namespace toril::cli {

/// What `toril work` says about its jobs: a line an event, collapsed when there are many.
/// Threads: any method, from any thread.
class WorkLog {
public:
    explicit WorkLog(Logs& logs) : logs_(logs) {}

    /// For the worker of that queue. The WorkLog must outlive it.
    WorkerHooks hooks(const std::string& queue);

    void started(const std::string& queue, const std::string& store, const WorkerOptions& options);
    void stopping(Millis grace, int running);
    void stopped(const WorkerStats& stats, std::size_t handed_back);

private:
    void job_event(LogLevel level, std::string_view event, const Job& job, std::string message);

    Logs& logs_;
};

}  // namespace toril::cli

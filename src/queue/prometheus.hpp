#pragma once

// A queue's figures in Prometheus' text format, with BullMQ's metric names.

#include <toril/job.hpp>
#include <toril/metrics.hpp>
#include <toril/result.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace toril::queue {

struct QueueFigures {
    std::string queue{};
    std::map<std::string, std::string> labels{};  // added to each sample
    JobCounts jobs{};
    std::uint64_t completed = 0;  // of all time, as far as workers count
    std::uint64_t failed = 0;
};

/// Label names as Prometheus takes them, but for those that the samples have already.
Status check_labels(const std::map<std::string, std::string>& labels);

/// REQUIRES: check_labels passed.
void write_prometheus(const QueueFigures& figures, MetricsWriter& writer);
/// The same alone. The last line ends too, which Prometheus asks for.
std::string prometheus_text(const QueueFigures& figures);

}  // namespace toril::queue

#include "queue/prometheus.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace toril::queue {
namespace {

bool is_label_character(char c, bool first) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (!first && c >= '0' && c <= '9');
}

bool is_label_name(std::string_view name) {
    if (name.empty() || name.starts_with("__") || name == "queue" || name == "state") return false;
    return std::all_of(name.begin(), name.end(), [&](const char& c) {
        return is_label_character(c, &c == name.data());
    });
}

}  // namespace

Status check_labels(const std::map<std::string, std::string>& labels) {
    for (const auto& [name, value] : labels)
        if (!is_label_name(name))
            return Error(ErrorCode::invalid_argument,
                         "\"" + name +
                             "\" cannot be the name of a label: it takes letters, digits (not "
                             "first) and '_', not two of these in front; \"queue\" and \"state\" "
                             "are there already");
    return {};
}

void write_prometheus(const QueueFigures& figures, MetricsWriter& writer) {
    const JobCounts& jobs = figures.jobs;
    const std::array<std::pair<std::string_view, std::uint64_t>, 7> states{
        {{"active", jobs.active},
         {"completed", jobs.completed},
         {"delayed", jobs.delayed},
         {"failed", jobs.failed},
         {"prioritized", jobs.prioritized},
         {"waiting", jobs.waiting},
         {"waiting-children", jobs.waiting_children}}};
    MetricsWriter::Labels of_queue{{"queue", figures.queue}};
    for (const auto& [state, count] : states) {
        MetricsWriter::Labels of_state{{"queue", figures.queue}, {"state", state}};
        of_state.insert(of_state.end(), figures.labels.begin(), figures.labels.end());
        writer.gauge("bullmq_job_count",
                     "Number of jobs in the queue by state",
                     static_cast<double>(count),
                     of_state);
    }
    of_queue.insert(of_queue.end(), figures.labels.begin(), figures.labels.end());
    writer.counter("bullmq_job_completed_total",
                   "Total number of completed jobs",
                   static_cast<double>(figures.completed),
                   of_queue);
    writer.counter("bullmq_job_failed_total",
                   "Total number of failed jobs",
                   static_cast<double>(figures.failed),
                   of_queue);
}

std::string prometheus_text(const QueueFigures& figures) {
    MetricsWriter writer;
    write_prometheus(figures, writer);
    return writer.text();
}

}  // namespace toril::queue

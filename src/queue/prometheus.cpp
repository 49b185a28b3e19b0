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

std::string escaped(std::string_view value) {
    std::string text;
    for (const char c : value) {
        if (c == '\\' || c == '"') text += '\\';
        if (c == '\n')
            text += "\\n";
        else
            text += c;
    }
    return text;
}

void head(std::string& text, std::string_view name, std::string_view help, std::string_view type) {
    text.append("# HELP ").append(name).append(" ").append(help).append("\n");
    text.append("# TYPE ").append(name).append(" ").append(type).append("\n");
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

std::string prometheus_text(const QueueFigures& figures) {
    const JobCounts& jobs = figures.jobs;
    const std::array<std::pair<std::string_view, std::uint64_t>, 7> states{
        {{"active", jobs.active},
         {"completed", jobs.completed},
         {"delayed", jobs.delayed},
         {"failed", jobs.failed},
         {"prioritized", jobs.prioritized},
         {"waiting", jobs.waiting},
         {"waiting-children", jobs.waiting_children}}};
    const std::string queue = "{queue=\"" + escaped(figures.queue) + "\"";
    std::string labels;
    for (const auto& [name, value] : figures.labels)
        labels.append(", ").append(name).append("=\"").append(escaped(value)).append("\"");

    std::string text;
    head(text, "bullmq_job_count", "Number of jobs in the queue by state", "gauge");
    for (const auto& [state, count] : states)
        text.append("bullmq_job_count" + queue + ", state=\"")
            .append(state)
            .append("\"" + labels + "} " + std::to_string(count) + "\n");
    head(text, "bullmq_job_completed_total", "Total number of completed jobs", "counter");
    text += "bullmq_job_completed_total" + queue + labels + "} " +
            std::to_string(figures.completed) + "\n";
    head(text, "bullmq_job_failed_total", "Total number of failed jobs", "counter");
    text +=
        "bullmq_job_failed_total" + queue + labels + "} " + std::to_string(figures.failed) + "\n";
    return text;
}

}  // namespace toril::queue

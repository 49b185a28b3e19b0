#include "job_text.hpp"

#include "logs.hpp"

namespace toril::cli {

void print_job(Output& out, const Job& job) {
    const auto line = [&](std::string_view name, std::string_view value) {
        if (value.empty()) return;
        std::string text(name);
        text.append(16 - name.size(), ' ').append(value);
        out.line(text);
    };
    const auto time = [&](std::string_view name, Timestamp at) {
        if (at != Timestamp{}) line(name, iso_time(at));
    };
    line("id", job.id);
    line("queue", job.queue);
    line("name", job.name);
    line("state", to_string(job.state));
    line("data", job.data.text());
    line("opts", job.opts.text());
    line("progress", job.progress.text());
    line("attempts", std::to_string(job.attempts_made));
    if (job.stalled_counter > 0) line("stalled", std::to_string(job.stalled_counter));
    time("added", job.timestamp);
    if (job.delay > Millis{0}) line("delay", std::to_string(job.delay.count()) + " ms");
    if (job.priority > 0) line("priority", std::to_string(job.priority));
    time("started", job.processed_on);
    time("finished", job.finished_on);
    line("worker", job.processed_by);
    if (job.return_value) line("returned", job.return_value->text());
    line("failed with", job.failed_reason);
    line("parent", job.parent_key);
    for (const std::string& trace : job.stacktrace)
        line("trace", trace);
}

}  // namespace toril::cli

#include "scheduler_text.hpp"

#include "logs.hpp"

#include <toril/config.hpp>

namespace toril::cli {

std::string repeat_text(const Repeat& repeat) {
    if (repeat.every > Millis{0}) return "every " + format_duration(repeat.every);
    return repeat.tz.empty() ? repeat.pattern : repeat.pattern + " (" + repeat.tz + ")";
}

void print_scheduler(Output& out, const JobScheduler& scheduler) {
    const auto line = [&](std::string_view name, std::string_view value) {
        std::string text(name);
        out.line(text.append(16 - name.size(), ' ').append(value));
    };
    const Repeat& repeat = scheduler.repeat;
    line("id", scheduler.id);
    line("queue", scheduler.queue);
    line("runs", repeat_text(repeat));
    line("next", iso_time(scheduler.next));
    line("job name", scheduler.name);
    line("data", scheduler.data.text());
    line("opts", scheduler.opts.text());
    line("runs so far", std::to_string(scheduler.iteration_count));
    if (repeat.limit > 0) line("runs in all", std::to_string(repeat.limit));
    if (repeat.start_date != Timestamp{}) line("start", iso_time(repeat.start_date));
    if (repeat.end_date != Timestamp{}) line("end", iso_time(repeat.end_date));
    line("missed runs", to_string(repeat.missed));
}

}  // namespace toril::cli

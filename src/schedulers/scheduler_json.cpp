#include "base/object_writer.hpp"
#include "base/public_options.hpp"

#include <toril/scheduler.hpp>

namespace toril {

Json to_json(const JobScheduler& scheduler) {
    const Repeat& repeat = scheduler.repeat;
    base::ObjectWriter object;
    object.string("id", scheduler.id);
    object.string("queue", scheduler.queue);
    object.string("name", scheduler.name);
    if (repeat.every > Millis{0})
        object.number("every", repeat.every.count());
    else
        object.string("pattern", repeat.pattern);
    object.string_if_any("tz", repeat.tz);
    if (repeat.offset) object.number("offset", repeat.offset->count());
    if (repeat.limit > 0) object.number("limit", repeat.limit);
    object.time_if_any("startDate", repeat.start_date);
    object.time_if_any("endDate", repeat.end_date);
    object.string("missed", to_string(repeat.missed));
    object.time_if_any("next", scheduler.next);
    object.number("iterationCount", scheduler.iteration_count);
    object.raw("data", scheduler.data.text());
    object.raw("opts", base::public_options(scheduler.opts.text()));
    return std::move(object).finish();
}

}  // namespace toril

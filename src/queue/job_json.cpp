#include "base/json_members.hpp"
#include "base/json_strings.hpp"
#include "base/object_writer.hpp"
#include "base/options_codec.hpp"
#include "base/public_options.hpp"

#include <toril/job_json.hpp>

namespace toril {
namespace {

Error refused(std::string message) {
    return {ErrorCode::invalid_argument, std::move(message)};
}

}  // namespace

Json to_json(const Job& job) {
    base::ObjectWriter object;
    object.string("id", job.id);
    object.string("queue", job.queue);
    object.string("state", to_string(job.state));
    object.string("name", job.name);
    object.raw("data", job.data.text());
    object.raw("opts", job.opts.is_null() ? "{}" : base::public_options(job.opts.text()));
    object.raw("progress", job.progress.text());
    object.number("attemptsMade", job.attempts_made);
    object.number("attemptsStarted", job.attempts_started);
    object.number("stalledCounter", job.stalled_counter);
    object.number("timestamp", job.timestamp.time_since_epoch().count());
    object.number("delay", job.delay.count());
    object.number("priority", job.priority);
    object.time_if_any("processedOn", job.processed_on);
    object.time_if_any("finishedOn", job.finished_on);
    object.raw("returnvalue", job.return_value ? job.return_value->text() : "null");
    object.string_if_any("failedReason", job.failed_reason);
    object.raw("stacktrace", base::json_from_strings(job.stacktrace));
    object.string_if_any("processedBy", job.processed_by);
    object.string_if_any("parentKey", job.parent_key);
    if (!job.parent.is_null()) object.raw("parent", job.parent.text());
    object.string_if_any("deduplicationId", job.deduplication_id);
    object.string_if_any("repeatJobKey", job.repeat_job_key);
    object.string_if_any("deferredFailure", job.deferred_failure);
    return std::move(object).finish();
}

Json to_json(const JobCounts& counts) {
    base::ObjectWriter object;
    object.number("waiting", counts.waiting);
    object.number("active", counts.active);
    object.number("delayed", counts.delayed);
    object.number("prioritized", counts.prioritized);
    object.number("waiting-children", counts.waiting_children);
    object.number("completed", counts.completed);
    object.number("failed", counts.failed);
    object.number("paused", counts.paused);
    return std::move(object).finish();
}

Json to_json(const WorkerInfo& worker) {
    base::ObjectWriter object;
    object.string("name", worker.name);
    object.string("address", worker.address);
    object.number("ageMs", worker.age.count());
    object.string_if_any("rawName", worker.raw_name);
    return std::move(object).finish();
}

Result<JobOptions> job_options_from_json(const Json& json) {
    return base::options_from_user(json);
}

Result<NewJob> new_job_from_json(const Json& json) {
    const auto members = base::json_members(json);
    if (!members)
        return refused("a job must be a JSON object with \"name\", \"data\" and \"opts\"");
    NewJob job{.data = Json::unchecked("{}")};
    bool has_name = false;
    for (const base::JsonMember& member : *members) {
        if (member.key == "name") {
            if (!member.value.starts_with('"')) return refused("\"name\" must be a string");
            job.name = base::strings_from_json("[" + std::string(member.value) + "]").front();
            has_name = true;
        } else if (member.key == "data") {
            job.data = Json::unchecked(std::string(member.value));
        } else if (member.key == "opts") {
            Result<JobOptions> options =
                job_options_from_json(Json::unchecked(std::string(member.value)));
            if (!options) return options.error();
            job.options = std::move(*options);
        } else {
            return refused("a job has no member " + Json::string(member.key).text() +
                           "; it may have \"name\", \"data\" and \"opts\"");
        }
    }
    if (!has_name) return refused("a job needs a \"name\"");
    return job;
}

}  // namespace toril

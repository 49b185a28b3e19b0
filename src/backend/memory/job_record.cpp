#include "backend/memory/job_record.hpp"

#include "base/json_strings.hpp"

namespace toril::memory {

std::string place_name(JobState home) {
    return home == JobState::waiting ? "wait" : std::string(to_string(home));
}

contract::TakenJob taken_job(const JobRecord& record) {
    const std::optional<Parent>& parent = record.links.parent;
    return {.id = record.id,
            .name = record.spec.name,
            .data = record.spec.data,
            .opts = record.spec.opts,
            .progress = record.progress,
            .stacktrace = record.run.stacktrace,
            .parent_key = parent ? parent->key_text : "",
            .parent = parent ? parent->json : "",
            .deduplication_id = record.links.deduplication_id,
            .repeat_job_key = record.links.scheduler,
            .deferred_failure = record.run.deferred_failure,
            .attempts_made = record.run.attempts_made,
            .attempts_started = record.run.attempts_started,
            .stalled_counter = record.run.stalled_counter,
            .priority = record.spec.priority,
            .timestamp = record.spec.timestamp,
            .processed_on = record.run.processed_on};
}

Job job_from(const JobRecord& record, const std::string& queue) {
    Job job;
    job.id = record.id;
    job.queue = queue;
    job.name = record.spec.name;
    job.data = Json::unchecked(record.spec.data);
    job.opts = Json::unchecked(record.spec.opts);
    job.state = record.home;
    if (!record.progress.empty()) job.progress = Json::unchecked(record.progress);
    job.attempts_made = record.run.attempts_made;
    job.attempts_started = record.run.attempts_started;
    job.stalled_counter = record.run.stalled_counter;
    job.timestamp = record.spec.timestamp;
    job.processed_on = record.run.processed_on;
    job.finished_on = record.run.finished_on;
    job.delay = record.spec.delay;
    job.priority = record.spec.priority;
    if (record.run.return_value) job.return_value = Json::unchecked(*record.run.return_value);
    job.failed_reason = record.run.failed_reason;
    job.stacktrace = base::strings_from_json(record.run.stacktrace);
    job.processed_by = record.run.processed_by;
    if (record.links.parent) {
        job.parent_key = record.links.parent->key_text;
        job.parent = Json::unchecked(record.links.parent->json);
    }
    job.deduplication_id = record.links.deduplication_id;
    job.repeat_job_key = record.links.scheduler;
    job.deferred_failure = record.run.deferred_failure;
    return job;
}

}  // namespace toril::memory

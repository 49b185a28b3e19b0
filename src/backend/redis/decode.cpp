#include "backend/redis/decode.hpp"

#include "base/json_strings.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace toril::redis_store {
namespace {

std::string text_of(const redis::Value& value) {
    return std::string(value.text());
}

int small(const redis::Value& value) {
    constexpr std::int64_t most = std::numeric_limits<int>::max();
    return static_cast<int>(std::clamp(value.integer(), -most, most));
}

// As it is stored, which with some producers is no JSON.
Json json_of(const redis::Value& value) {
    return Json::unchecked(text_of(value));
}

// The fields that a Job and a TakenJob have alike.
template <class AnyJob>
void read_shared_fields(AnyJob& job, std::string_view field, const redis::Value& value) {
    if (field == "name")
        job.name = text_of(value);
    else if (field == "parentKey")
        job.parent_key = text_of(value);
    else if (field == "deid")
        job.deduplication_id = text_of(value);
    else if (field == "rjk")
        job.repeat_job_key = text_of(value);
    else if (field == "defa")
        job.deferred_failure = text_of(value);
    else if (field == "timestamp")
        job.timestamp = timestamp_of(value.integer());
    else if (field == "priority")
        job.priority = small(value);
    else if (field == "atm")
        job.attempts_made = small(value);
    else if (field == "ats")
        job.attempts_started = small(value);
    else if (field == "stc")
        job.stalled_counter = small(value);
}

void read_field(Job& job, std::string_view field, const redis::Value& value) {
    if (field == "data")
        job.data = json_of(value);
    else if (field == "opts")
        job.opts = json_of(value);
    else if (field == "progress")
        job.progress = json_of(value);
    else if (field == "returnvalue")
        job.return_value = json_of(value);
    else if (field == "failedReason")
        job.failed_reason = text_of(value);
    else if (field == "stacktrace")
        job.stacktrace = base::strings_from_json(value.text());
    else if (field == "pb")
        job.processed_by = text_of(value);
    else if (field == "parent")
        job.parent = json_of(value);
    else if (field == "delay")
        job.delay = Millis(value.integer());
    else if (field == "processedOn")
        job.processed_on = timestamp_of(value.integer());
    else if (field == "finishedOn")
        job.finished_on = timestamp_of(value.integer());
    else
        read_shared_fields(job, field, value);
}

void read_field(contract::TakenJob& job, std::string_view field, const redis::Value& value) {
    if (field == "data")
        job.data = text_of(value);
    else if (field == "opts")
        job.opts = text_of(value);
    else if (field == "progress")
        job.progress = text_of(value);
    else if (field == "stacktrace")
        job.stacktrace = text_of(value);
    else if (field == "parent")
        job.parent = text_of(value);
    else
        read_shared_fields(job, field, value);
}

}  // namespace

Timestamp timestamp_of(std::int64_t millis) {
    return Timestamp(Millis(millis));
}

contract::TakenJob decode_taken(const redis::Value& fields, Timestamp processed_on) {
    contract::TakenJob job;
    job.data = "{}";
    job.opts = "{}";
    std::optional<int> attempts_made;  // BullMQ 4 counted here
    auto at = fields.begin();
    while (at != fields.end()) {
        const redis::Value field = *at;
        if (++at == fields.end()) {
            job.id = text_of(field);
            break;
        }
        const redis::Value value = *at;
        ++at;
        if (field.text() == "attemptsMade") attempts_made = small(value);
        read_field(job, field.text(), value);
    }
    if (attempts_made) job.attempts_made = *attempts_made;
    job.processed_on = processed_on;
    return job;
}

Job decode_job(std::string queue,
               JobId id,
               redis::Value::Iterator begin,
               redis::Value::Iterator end) {
    Job job;
    job.queue = std::move(queue);
    job.id = std::move(id);
    job.data = Json::unchecked("{}");
    job.opts = Json::unchecked("{}");
    std::optional<int> attempts;
    while (begin != end) {
        const redis::Value field = *begin;
        if (++begin == end) break;
        const redis::Value value = *begin;
        ++begin;
        if (field.text() == "attemptsMade") attempts = small(value);
        read_field(job, field.text(), value);
    }
    if (attempts) job.attempts_made = *attempts;
    return job;
}

std::string_view suffix_of(JobState state) noexcept {
    switch (state) {
        case JobState::waiting: return "wait";
        case JobState::active: return "active";
        case JobState::delayed: return "delayed";
        case JobState::prioritized: return "prioritized";
        case JobState::waiting_children: return "waiting-children";
        case JobState::completed: return "completed";
        case JobState::failed: return "failed";
        case JobState::unknown: break;
    }
    return {};
}

}  // namespace toril::redis_store

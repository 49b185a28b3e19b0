// What people and programs change in one queue from outside: single jobs, and all of them.

#include "backend/memory/families.hpp"
#include "base/options_codec.hpp"

#include <algorithm>
#include <limits>

namespace toril::memory {
namespace {

// Most jobs that one step of drain and obliterate removes.
constexpr std::size_t step_jobs_max = 1000;

// What a job's age is counted from.
Timestamp clean_time(const JobRecord& job) {
    if (job.home == JobState::completed || job.home == JobState::failed) return job.run.finished_on;
    if (job.home == JobState::prioritized || job.run.processed_on == Timestamp{})
        return job.spec.timestamp;
    return job.run.processed_on;
}

bool is_finished(JobState state) {
    return state == JobState::completed || state == JobState::failed;
}

// Back to what it was before its last run; what failed before stays on record.
void forget_outcome(JobRecord& job) {
    job.run.finished_on = {};
    job.run.processed_on = {};
    if (job.home == JobState::completed)
        job.run.return_value.reset();
    else
        job.run.failed_reason.clear();
}

}  // namespace

// ---- one job ------------------------------------------------------------------------------

Status MemoryQueue::promote(const JobId& id) {
    JobRecord* job = find(id);
    if (job == nullptr) return no_such_job(id);
    if (job->home != JobState::delayed) return wrong_state(*job, "delayed");
    job->spec.delay = Millis{0};
    wait_again(*job, JobState::delayed, Side::end);
    return {};
}

Status MemoryQueue::change_delay(const JobId& id, Millis by, Timestamp now) {
    JobRecord* job = find(id);
    if (job == nullptr) return no_such_job(id);
    if (job->home != JobState::delayed) return wrong_state(*job, "delayed");
    job->spec.delay = by;
    delay(*job, now, by);
    if (by <= Millis{0}) ++signs_.openings;
    return {};
}

Status MemoryQueue::change_priority(const JobId& id, int priority, bool lifo) {
    JobRecord* job = find(id);
    if (job == nullptr) return no_such_job(id);
    job->spec.priority = priority;
    if (job->home != JobState::waiting && job->home != JobState::prioritized) return {};
    if (!lifo)
        enqueue(*job);
    else if (priority > 0)
        homes_.to_front_of_priority(*job);
    else
        homes_.to_front(*job, JobState::waiting);
    return {};
}

Status MemoryQueue::update_data(const JobId& id, std::string data) {
    JobRecord* job = find(id);
    if (job == nullptr) return no_such_job(id);
    job->spec.data = std::move(data);
    return {};
}

Status MemoryQueue::update_progress(const JobId& id, std::string progress) {
    JobRecord* job = find(id);
    if (job == nullptr) return no_such_job(id);
    job->progress = std::move(progress);
    emit("progress", {{"jobId", id}, {"data", job->progress}});
    return {};
}

Result<std::uint64_t> MemoryQueue::add_log(const contract::LogParams& params) {
    JobRecord* job = find(params.job.id);
    if (job == nullptr) return no_such_job(params.job.id);
    job->logs.push_back(params.row);
    if (params.keep) {
        const auto keep = static_cast<std::size_t>(std::max(*params.keep, 0));
        while (job->logs.size() > keep)
            job->logs.pop_front();
    }
    return job->logs.size();
}

Status MemoryQueue::retry(const contract::RetryParams& params) {
    JobRecord* job = find(params.job.id);
    if (job == nullptr) return no_such_job(params.job.id);
    if (!is_finished(params.from) || job->home != params.from)
        return wrong_state(*job, to_string(params.from));
    forget_outcome(*job);
    if (params.reset_attempts) job->run.attempts_made = job->run.attempts_started = 0;
    child_came_back(*job, params.from);
    const bool lifo = base::decode_options(job->spec.opts).lifo;
    wait_again(*job, params.from, lifo ? Side::front : Side::end);
    return {};
}

// ---- the whole queue ----------------------------------------------------------------------

// Priorities do not count here and a promoted job's `delay` stays on record: BullMQ's rule.
Result<std::size_t> MemoryQueue::retry_all(const contract::RetryAllParams& params) {
    if (!is_finished(params.from) && params.from != JobState::delayed)
        return Error(ErrorCode::invalid_argument,
                     "only failed, completed and delayed jobs can be put back, not " +
                         std::string(to_string(params.from)));
    const Home& home = homes_[params.from];
    std::size_t moved = 0;
    while (moved < params.count && !home.empty()) {
        JobRecord& job = **home.begin();
        const Timestamp at = is_finished(params.from) ? job.run.finished_on : due_at(job);
        if (params.until != Timestamp{} && at > params.until) break;
        if (is_finished(params.from)) {
            forget_outcome(job);
            child_came_back(job, params.from);
        }
        homes_.to_end(job, JobState::waiting);
        emit("waiting", {{"jobId", job.id}, {"prev", place_name(params.from)}});
        ++moved;
    }
    return moved;
}

void MemoryQueue::pause() {
    settings_.exists = true;
    settings_.paused = true;
    emit("paused", {});
}

void MemoryQueue::resume() {
    settings_.paused = false;
    ++signs_.openings;
    emit("resumed", {});
}

void MemoryQueue::set_concurrency(std::optional<std::int64_t> max) {
    settings_.exists = true;
    settings_.concurrency = max;
    ++signs_.openings;
}

void MemoryQueue::set_rate_limit(std::optional<contract::RateLimit> limit) {
    settings_.exists = true;
    settings_.limit = limit;
    ++signs_.openings;
}

void MemoryQueue::rate_limit_for(Millis duration, Timestamp now) {
    limits_.starts.hold(duration, now);
    if (duration <= Millis{0}) ++signs_.openings;
}

Millis MemoryQueue::rate_limit_ttl(std::int64_t max, Timestamp now) const {
    if (max == 0 && settings_.limit) max = settings_.limit->max;
    return limits_.starts.left(max > 0 ? max : StartLimit::held, now);
}

void MemoryQueue::publish_event(const contract::PublishEventParams& params) {
    settings_.exists = true;
    emit(params.name, params.fields);
}

// ---- many jobs ------------------------------------------------------------------------------

std::size_t MemoryQueue::drain(bool delayed_too, Timestamp now) {
    std::size_t removed = discard_some(JobState::waiting, step_jobs_max, now);
    removed += discard_some(JobState::prioritized, step_jobs_max - removed, now);
    if (delayed_too) removed += discard_some(JobState::delayed, step_jobs_max - removed, now);
    return removed;
}

std::size_t MemoryQueue::discard_some(JobState state, std::size_t count, Timestamp now) {
    std::vector<JobId> ids;
    for (const JobRecord* job : homes_[state]) {
        if (ids.size() == count) break;
        if (!is_pending_run(*job)) ids.push_back(job->id);
    }
    for (const JobId& id : ids)
        if (JobRecord* job = find(id)) discard(*job, now);  // else it went with a child
    return ids.size();
}

Result<std::vector<JobId>> MemoryQueue::clean(const contract::CleanParams& params, Timestamp now) {
    if (params.state == JobState::waiting_children || params.state == JobState::unknown)
        return Error(
            ErrorCode::invalid_argument,
            "jobs that are " + std::string(to_string(params.state)) + " cannot be cleaned");
    const Timestamp until = now - params.older_than;
    std::vector<JobRecord*> old;
    for (JobRecord* job : homes_[params.state]) {
        if (old.size() == params.count) break;
        const bool stays =
            is_pending_run(*job) || (job->home == JobState::active && job->lock.is_held(now));
        if (clean_time(*job) <= until && !stays) old.push_back(job);
    }
    std::vector<JobId> removed;
    removed.reserve(old.size());
    for (JobRecord* job : old) {
        removed.push_back(job->id);
        discard(*job, now);
    }
    emit("cleaned", {{"count", std::to_string(removed.size())}});
    return removed;
}

Result<bool> MemoryQueue::obliterate(bool force, Timestamp now) {
    pause();
    if (!force && homes_.size(JobState::active) > 0)
        return Error(ErrorCode::wrong_state,
                     "queue \"" + name_ + "\" has " +
                         std::to_string(homes_.size(JobState::active)) +
                         " active jobs; only force removes them too");
    // What is counted for wake-ups goes on: watchers compare it with what they saw.
    const Signs signs{.openings = work_signs(), .cancellations = cancellations()};
    schedulers_.clear();
    std::size_t budget = step_jobs_max;
    for (const JobState state : {JobState::active,
                                 JobState::delayed,
                                 JobState::completed,
                                 JobState::waiting,
                                 JobState::prioritized,
                                 JobState::failed,
                                 JobState::waiting_children})
        budget -= discard_some(state, budget, now);
    if (!jobs_.records.empty()) return true;
    // The count of events goes on too, for their readers.
    EventLog events = std::move(events_);
    events.trim(0);
    *this = MemoryQueue(*all_, std::move(name_));
    signs_ = signs;
    events_ = std::move(events);
    return false;
}

}  // namespace toril::memory

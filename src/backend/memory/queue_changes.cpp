// What people and programs change in one queue from outside: single jobs, and all of them.

#include "backend/memory/memory_queue.hpp"

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
    enqueue(*job);
    return {};
}

Status MemoryQueue::change_delay(const JobId& id, Millis delay, Timestamp now) {
    JobRecord* job = find(id);
    if (job == nullptr) return no_such_job(id);
    if (job->home != JobState::delayed) return wrong_state(*job, "delayed");
    job->spec.delay = delay;
    homes_.to_delayed(*job, now + std::max(delay, Millis{0}));
    if (delay <= Millis{0}) ++openings_;
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

Status MemoryQueue::retry(const JobId& id, JobState from) {
    JobRecord* job = find(id);
    if (job == nullptr) return no_such_job(id);
    if (!is_finished(from) || job->home != from) return wrong_state(*job, to_string(from));
    forget_outcome(*job);
    enqueue(*job);
    return {};
}

Status MemoryQueue::remove(const JobId& id, Timestamp now) {
    JobRecord* job = find(id);
    if (job == nullptr) return no_such_job(id);
    if (job->lock.is_held(now))
        return Error(ErrorCode::wrong_state,
                     "job \"" + id + "\" of \"" + name_ + "\" is held by a worker");
    if (job->home == JobState::active && concurrency_) ++openings_;
    erase(*job);
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
        if (is_finished(params.from)) forget_outcome(job);
        homes_.to_end(job, JobState::waiting);
        ++moved;
    }
    return moved;
}

void MemoryQueue::pause() {
    exists_ = true;
    paused_ = true;
}

void MemoryQueue::resume() {
    paused_ = false;
    ++openings_;
}

void MemoryQueue::set_concurrency(std::optional<std::int64_t> max) {
    exists_ = true;
    concurrency_ = max;
    ++openings_;
}

std::size_t MemoryQueue::drain(bool delayed_too) {
    std::size_t removed = erase_some(JobState::waiting, step_jobs_max);
    removed += erase_some(JobState::prioritized, step_jobs_max - removed);
    if (delayed_too) removed += erase_some(JobState::delayed, step_jobs_max - removed);
    return removed;
}

std::size_t MemoryQueue::erase_some(JobState state, std::size_t count) {
    const Home& home = homes_[state];
    std::size_t removed = 0;
    for (; removed < count && !home.empty(); ++removed)
        erase(**home.begin());
    return removed;
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
        const bool held = job->home == JobState::active && job->lock.is_held(now);
        if (clean_time(*job) <= until && !held) old.push_back(job);
    }
    std::vector<JobId> removed;
    removed.reserve(old.size());
    for (JobRecord* job : old) {
        removed.push_back(job->id);
        erase(*job);
    }
    if (params.state == JobState::active && !removed.empty() && concurrency_) ++openings_;
    return removed;
}

Result<bool> MemoryQueue::obliterate(bool force) {
    pause();
    if (!force && homes_.size(JobState::active) > 0)
        return Error(ErrorCode::wrong_state,
                     "queue \"" + name_ + "\" has " +
                         std::to_string(homes_.size(JobState::active)) +
                         " active jobs; only force removes them too");
    std::size_t budget = step_jobs_max;
    for (const JobState state : {JobState::active,
                                 JobState::delayed,
                                 JobState::completed,
                                 JobState::waiting,
                                 JobState::prioritized,
                                 JobState::waiting_children,
                                 JobState::failed})
        budget -= erase_some(state, budget);
    if (!jobs_.empty()) return true;
    // What is counted for wake-ups goes on: watchers compare it with what they saw.
    const std::uint64_t signs = work_signs();
    *this = MemoryQueue(std::move(name_));
    openings_ = signs;
    return false;
}

}  // namespace toril::memory

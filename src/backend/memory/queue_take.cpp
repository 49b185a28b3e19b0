// The life of a job in one queue: added, taken, finished, or lost and found.

#include "backend/memory/memory_queue.hpp"

#include <algorithm>

namespace toril::memory {
namespace {

// Most jobs that one call promotes, or that one finished job's age limit removes. BullMQ's.
constexpr std::size_t step_jobs_max = 1000;

constexpr std::string_view stalled_too_often = "job stalled more than allowable limit";

}  // namespace

// ---- adding -------------------------------------------------------------------------------

std::vector<Result<contract::Added>> MemoryQueue::add(const contract::AddParams& params,
                                                      Timestamp now) {
    if (const auto* first_answer = repeats_.find(params)) return *first_answer;
    std::vector<Result<contract::Added>> added;
    added.reserve(params.jobs.size());
    for (const contract::AddJob& job : params.jobs)
        added.emplace_back(add_one(job, now));
    repeats_.keep(params, added, now);
    return added;
}

// Ids have gaps, as BullMQ's do: a job that brings its own id counts too.
contract::Added MemoryQueue::add_one(const contract::AddJob& added, Timestamp now) {
    exists_ = true;
    ++id_counter_;
    JobId id = added.id.empty() ? std::to_string(id_counter_) : added.id;
    const auto [entry, is_new] = jobs_.try_emplace(id);
    if (!is_new) return {.id = std::move(id), .existed = true};

    entry->second = std::make_unique<JobRecord>();
    JobRecord& job = *entry->second;
    job.id = id;
    job.spec = {.name = added.name,
                .data = added.data,
                .opts = added.opts,
                .timestamp = added.timestamp == Timestamp{} ? now : added.timestamp,
                .delay = added.delay,
                .priority = added.priority};
    if (added.delay > Millis{0}) {
        const Timestamp due = job.spec.timestamp + added.delay;
        homes_.to_delayed(job, due);
        if (due <= now) ++openings_;
    } else if (added.priority == 0 && added.lifo) {
        homes_.to_front(job, JobState::waiting);
    } else {
        enqueue(job);
    }
    return {.id = std::move(id), .existed = false};
}

// At the end of those that it waits with.
void MemoryQueue::enqueue(JobRecord& job) {
    if (job.spec.priority > 0)
        homes_.to_prioritized(job);
    else
        homes_.to_end(job, JobState::waiting);
}

// ---- taking -------------------------------------------------------------------------------

Result<contract::FinishedAndTaken> MemoryQueue::finish_and_take(
    const contract::FinishAndTakeParams& call, Timestamp now) {
    auto first_answer = repeats_.find(call);
    if (!first_answer) return first_answer.error();
    if (*first_answer) return std::move(**first_answer);

    contract::FinishedAndTaken answer;
    answer.finished.reserve(call.outcomes.size());
    for (const contract::Outcome& outcome : call.outcomes)
        answer.finished.push_back(finish(outcome, now));
    promote_due(now);
    while (answer.jobs.size() < call.take && !is_blocked() &&
           limited_for(call.taker.limit, now) == Millis{0}) {
        JobRecord* job = next_to_run();
        if (job == nullptr) break;
        answer.jobs.push_back(start(*job, call, now));
    }
    answer.next_due = next_due();
    answer.limited_for = limited_for(call.taker.limit, now);
    answer.blocked = is_blocked();
    repeats_.keep(call, answer, now);
    return answer;
}

bool MemoryQueue::is_blocked() const {
    return paused_ || (concurrency_ &&
                       static_cast<std::int64_t>(homes_.size(JobState::active)) >= *concurrency_);
}

Millis MemoryQueue::limited_for(const std::optional<contract::RateLimit>& limit,
                                Timestamp now) const {
    if (!limit || window_.starts < limit->max || now >= window_.ends_at) return Millis{0};
    return window_.ends_at - now;
}

void MemoryQueue::count_start(const std::optional<contract::RateLimit>& limit, Timestamp now) {
    if (!limit) return;
    if (now >= window_.ends_at) window_ = {.starts = 0, .ends_at = now + limit->duration};
    ++window_.starts;
}

// To the end of the line even if the job was added as LIFO, as BullMQ does.
void MemoryQueue::promote_due(Timestamp now) {
    const Home& delayed = homes_[JobState::delayed];
    for (std::size_t i = 0; i < step_jobs_max && !delayed.empty(); ++i) {
        JobRecord& job = **delayed.begin();
        if (due_at(job) > now) return;
        job.spec.delay = Millis{0};
        enqueue(job);
    }
}

JobRecord* MemoryQueue::next_to_run() const {
    for (const JobState state : {JobState::waiting, JobState::prioritized})
        if (!homes_[state].empty()) return *homes_[state].begin();
    return nullptr;
}

contract::TakenJob MemoryQueue::start(JobRecord& job,
                                      const contract::FinishAndTakeParams& call,
                                      Timestamp now) {
    homes_.to_end(job, JobState::active);
    // A job that only comes to be failed does no work, so it is not counted.
    if (job.run.deferred_failure.empty()) count_start(call.taker.limit, now);
    job.lock = {.token = call.token, .expires_at = now + call.taker.lock_duration};
    job.run.processed_on = now;
    if (!call.taker.name.empty()) job.run.processed_by = call.taker.name;
    ++job.run.attempts_started;
    return taken_job(job);
}

// ---- finishing ----------------------------------------------------------------------------

Status MemoryQueue::finish(const contract::Outcome& outcome, Timestamp now) {
    JobRecord* job = find(outcome.id);
    if (job == nullptr) return no_such_job(outcome.id);
    if (!job->lock.is_held(now) || job->lock.token != outcome.token)
        return Error(ErrorCode::not_owner,
                     "job \"" + job->id + "\" of \"" + name_ + "\" is no longer held by this run");
    if (job->home != JobState::active) return wrong_state(*job, "active");
    job->lock = {};
    job->stall_suspect = false;
    if (concurrency_) ++openings_;
    end_run(*job, outcome, now);
    return {};
}

void MemoryQueue::end_run(JobRecord& job, const contract::Outcome& outcome, Timestamp now) {
    using Kind = contract::Outcome::Kind;
    if (outcome.kind == Kind::hand_back) {
        if (job.spec.priority > 0)
            homes_.to_front_of_priority(job);
        else
            homes_.to_front(job, JobState::waiting);
        return;
    }
    ++job.run.attempts_made;
    if (outcome.kind != Kind::complete) {
        job.run.failed_reason = outcome.value;
        job.run.stacktrace = outcome.stacktrace;
    }
    if (outcome.kind != Kind::retry) {
        end_for_good(job, outcome, now);
    } else if (outcome.delay > Millis{0}) {
        job.spec.delay = outcome.delay;
        homes_.to_delayed(job, now + outcome.delay);
    } else {
        enqueue(job);
    }
}

void MemoryQueue::end_for_good(JobRecord& job, const contract::Outcome& outcome, Timestamp now) {
    const bool completed = outcome.kind == contract::Outcome::Kind::complete;
    if (outcome.keep.count == 0) {
        erase(job);
        return;
    }
    if (completed)
        job.run.return_value = outcome.value;
    else
        job.run.deferred_failure.clear();
    job.run.finished_on = now;
    const JobState state = completed ? JobState::completed : JobState::failed;
    homes_.to_finished(job, state);
    trim_finished(state, outcome.keep, now);
}

void MemoryQueue::trim_finished(JobState state, const KeepJobs& keep, Timestamp now) {
    const Home& home = homes_[state];
    if (keep.age) {
        const Score oldest_kept = (now - *keep.age).time_since_epoch().count() + 1;
        for (std::size_t i = 0; i < step_jobs_max; ++i) {
            const auto kept = home.lower_bound(oldest_kept);
            if (kept == home.begin()) break;
            erase(**std::prev(kept));
        }
    }
    if (keep.count && *keep.count > 0)
        while (home.size() > static_cast<std::size_t>(*keep.count))
            erase(**home.begin());
}

void MemoryQueue::erase(JobRecord& job) {
    homes_.take_out(job);
    jobs_.erase(jobs_.find(job.id));
}

// ---- leases -------------------------------------------------------------------------------

std::vector<Status> MemoryQueue::renew(const std::vector<contract::Lease>& leases,
                                       Millis lock_duration,
                                       Timestamp now) {
    std::vector<Status> renewed;
    renewed.reserve(leases.size());
    for (const contract::Lease& lease : leases) {
        JobRecord* job = find(lease.id);
        if (job == nullptr || !job->lock.is_held(now) || job->lock.token != lease.token) {
            renewed.emplace_back(
                Error(ErrorCode::not_owner, "the lock on job \"" + lease.id + "\" is gone"));
            continue;
        }
        job->lock.expires_at = now + lock_duration;
        job->stall_suspect = false;
        renewed.emplace_back();
    }
    return renewed;
}

// Two phases: this check recovers what the last one suspected, then suspects all that is
// active. So a job is recovered only when its lock was missing at one check, and nobody
// renewed it since the one before.
std::vector<JobId> MemoryQueue::recover_stalled(const contract::StalledParams& params,
                                                Timestamp now) {
    if (now < next_stall_check_) return {};
    next_stall_check_ = now + params.interval;

    std::vector<JobRecord*> stalled;
    for (JobRecord* job : homes_[JobState::active])
        if (std::exchange(job->stall_suspect, true) && !job->lock.is_held(now))
            stalled.push_back(job);
    std::vector<JobId> recovered;
    // Each goes to the very front: the one that was taken first has to go there last.
    for (auto job = stalled.rbegin(); job != stalled.rend(); ++job) {
        recover(**job, params.stalled_max);
        recovered.push_back((*job)->id);
    }
    return recovered;
}

// To the front of those that wait, whatever its priority is, as BullMQ does.
void MemoryQueue::recover(JobRecord& job, int stalled_max) {
    job.lock = {};
    job.stall_suspect = false;
    if (++job.run.stalled_counter > stalled_max) job.run.deferred_failure = stalled_too_often;
    if (concurrency_) ++openings_;
    homes_.to_front(job, JobState::waiting);
}

}  // namespace toril::memory

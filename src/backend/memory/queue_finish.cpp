// How runs of jobs end (bullmq-wire 3.4 to 3.9).

#include "backend/memory/families.hpp"
#include "base/options_codec.hpp"

namespace toril::memory {
namespace {

using Kind = contract::Outcome::Kind;

// Most jobs that one finished job's age limit removes. BullMQ's.
constexpr std::size_t step_jobs_max = 1000;

bool is_final(Kind kind) {
    return kind == Kind::complete || kind == Kind::fail;
}

}  // namespace

Status MemoryQueue::finish(const contract::Outcome& outcome,
                           const contract::Taker& taker,
                           Timestamp now) {
    JobRecord* job = find(outcome.id);
    if (job == nullptr) return no_such_job(outcome.id);
    if (Status allowed = may_finish(*job, outcome, now); !allowed) return allowed;
    job->lock = {};
    if (settings_.concurrency) ++signs_.openings;
    end_run(*job, outcome, now);
    if (is_final(outcome.kind) && taker.metrics_points_max > 0)
        minutes_[outcome.kind == Kind::fail].count(taker.metrics_points_max, now);
    return {};
}

Status MemoryQueue::may_finish(const JobRecord& job,
                               const contract::Outcome& outcome,
                               Timestamp now) const {
    const std::string name = "job \"" + job.id + "\" of \"" + name_ + "\"";
    if (!job.lock.is_held(now) || job.lock.token != outcome.token)
        return Error(ErrorCode::not_owner, name + " is no longer held by this run");
    if (job.home != JobState::active) return wrong_state(job, "active");
    const Children& children = job.links.children;
    if (outcome.kind == Kind::complete && !children.unprocessed.empty())
        return Error(ErrorCode::failed, name + " has pending children");
    if ((outcome.kind == Kind::complete || outcome.kind == Kind::wait_children) &&
        !children.failed.empty())
        return Error(ErrorCode::unrecoverable, name + " has at least one failed child");
    return {};
}

void MemoryQueue::end_run(JobRecord& job, const contract::Outcome& outcome, Timestamp now) {
    switch (outcome.kind) {
        case Kind::hand_back: hand_back(job); break;
        case Kind::rate_limit:
            hand_back(job);
            limits_.starts.hold(outcome.delay, now);
            break;
        case Kind::wait_children: wait_for_children(job, now); break;
        case Kind::postpone: try_again(job, outcome.delay, now); break;
        case Kind::retry:
            ++job.run.attempts_made;
            job.run.failed_reason = outcome.value;
            job.run.stacktrace = outcome.stacktrace;
            try_again(job, outcome.delay, now);
            break;
        default:
            if (outcome.kind == Kind::fail) job.run.stacktrace = outcome.stacktrace;
            end_for_good(job, outcome, now);
            break;
    }
}

// ---- ends that are none ---------------------------------------------------------------------

void MemoryQueue::hand_back(JobRecord& job) {
    if (job.spec.priority > 0)
        homes_.to_front_of_priority(job);
    else
        homes_.to_front(job, JobState::waiting);
    emit("waiting", {{"jobId", job.id}, {"prev", "active"}});
}

void MemoryQueue::wait_for_children(JobRecord& job, Timestamp now) {
    if (job.links.children.unprocessed.empty()) {
        hand_back(job);
        return;
    }
    homes_.to_waiting_children(job, now);
    emit("waiting-children", {{"jobId", job.id}, {"prev", "active"}});
}

void MemoryQueue::try_again(JobRecord& job, Millis by, Timestamp now) {
    if (by > Millis{0}) {
        job.spec.delay = by;
        delay(job, now, by);
        return;
    }
    const bool lifo = base::decode_options(job.spec.opts).lifo;
    wait_again(job, JobState::active, lifo ? Side::front : Side::end);
}

// ---- the end --------------------------------------------------------------------------------

// What a finished job owes to others: its deduplication id, and its parent.
void MemoryQueue::settle(JobRecord& job, const contract::Outcome& outcome, Timestamp now) {
    const std::string& id = job.links.deduplication_id;
    if (!id.empty()) {
        deduplications_.owner_finished(id, job.id, now);
        add_next(id, now);
    }
    if (outcome.kind == Kind::complete)
        child_completed(job, outcome.value, now);
    else
        child_failed(job, outcome.value, now);
}

void MemoryQueue::end_for_good(JobRecord& job, const contract::Outcome& outcome, Timestamp now) {
    const bool completed = outcome.kind == Kind::complete;
    const JobId id = job.id;
    settle(job, outcome, now);
    const int made = ++job.run.attempts_made;
    if (outcome.keep.count == 0) {
        forget(job);
    } else {
        if (completed)
            job.run.return_value = outcome.value;
        else
            job.run.failed_reason = outcome.value;
        if (!completed) job.run.deferred_failure.clear();
        job.run.finished_on = now;
        const JobState state = completed ? JobState::completed : JobState::failed;
        homes_.to_finished(job, state);
        trim_finished(state, outcome.keep, now);
    }
    if (completed) {
        emit("completed", {{"jobId", id}, {"returnvalue", outcome.value}, {"prev", "active"}});
        return;
    }
    emit("failed", {{"jobId", id}, {"failedReason", outcome.value}, {"prev", "active"}});
    if (made >= outcome.attempts)
        emit("retries-exhausted", {{"jobId", id}, {"attemptsMade", std::to_string(made)}});
}

void MemoryQueue::trim_finished(JobState state, const KeepJobs& keep, Timestamp now) {
    const Home& home = homes_[state];
    if (keep.age) {
        const Score oldest_kept = (now - *keep.age).time_since_epoch().count() + 1;
        for (std::size_t i = 0; i < step_jobs_max; ++i) {
            const auto kept = home.lower_bound(oldest_kept);
            if (kept == home.begin()) break;
            forget(**std::prev(kept));
        }
    }
    if (keep.count && *keep.count > 0)
        while (home.size() > static_cast<std::size_t>(*keep.count))
            forget(**home.begin());
}

// A finished job that is not to be kept. It tells nobody but a parent that still waits for it:
// its deduplication id was settled when it ended.
void MemoryQueue::forget(JobRecord& job) {
    leave_parent(key_of(job), parent_of(job), Leaving::soft, all_->time());
    erase(job);
}

// ---- cancelling -----------------------------------------------------------------------------

Result<JobState> MemoryQueue::cancel(const JobId& id, const std::string& reason, Timestamp now) {
    JobRecord* job = find(id);
    if (job == nullptr) return no_such_job(id);
    const JobState was = job->home;
    if (was == JobState::active) {
        job->lock.cancelled = reason;
        ++signs_.cancellations;
        return was;
    }
    if (was == JobState::completed || was == JobState::failed)
        return wrong_state(*job, "waiting or running");
    if (is_pending_run(*job))
        return Error(ErrorCode::wrong_state,
                     "job \"" + id + "\" of \"" + name_ + "\" is the next run of scheduler \"" +
                         job->links.scheduler + "\"; remove that");
    settle(*job, {.kind = Kind::fail, .value = reason}, now);
    ++job->run.attempts_made;
    job->run.failed_reason = reason;
    job->run.deferred_failure.clear();
    job->run.finished_on = now;
    homes_.to_finished(*job, JobState::failed);
    emit("failed", {{"jobId", id}, {"failedReason", reason}, {"prev", place_name(was)}});
    return was;
}

}  // namespace toril::memory

// What workers hold: renewed, or lost and found (bullmq-wire 3.12, 3.15).

#include "backend/memory/families.hpp"

namespace toril::memory {
namespace {

constexpr std::string_view stalled_too_often = "job stalled more than allowable limit";

}  // namespace

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
        job->lock.stall_suspect = false;
        if (job->lock.cancelled)
            renewed.emplace_back(Error(ErrorCode::cancelled, *job->lock.cancelled));
        else
            renewed.emplace_back();
    }
    return renewed;
}

// Two phases: this check recovers what the last one suspected, then suspects all that is
// active. So a job is recovered only when its lock was missing at one check, and nobody
// renewed it since the one before.
std::vector<JobId> MemoryQueue::recover_stalled(const contract::StalledParams& params,
                                                Timestamp now) {
    if (now < limits_.next_stall_check) return {};
    limits_.next_stall_check = now + params.interval;

    std::vector<JobRecord*> stalled;
    for (JobRecord* job : homes_[JobState::active])
        if (std::exchange(job->lock.stall_suspect, true) && !job->lock.is_held(now))
            stalled.push_back(job);
    std::vector<JobId> recovered;
    // Each goes to the very front: the one that was taken first has to go there last.
    for (auto job = stalled.rbegin(); job != stalled.rend(); ++job) {
        recover(**job, params.stalled_max);
        recovered.push_back((*job)->id);
    }
    return recovered;
}

// To the front of those that wait, whatever its priority is, as BullMQ does. The runs of a
// scheduler go on for ever: else one bad day would end the schedule.
void MemoryQueue::recover(JobRecord& job, int stalled_max) {
    const std::optional<std::string> cancelled = std::move(job.lock.cancelled);
    job.lock = {};
    if (++job.run.stalled_counter > stalled_max && !schedulers_.contains(job.links.scheduler))
        job.run.deferred_failure = stalled_too_often;
    // What was asked to stop is not run again.
    if (cancelled) job.run.deferred_failure = *cancelled;
    if (settings_.concurrency) ++signs_.openings;
    homes_.to_front(job, JobState::waiting);
    emit("waiting", {{"jobId", job.id}, {"prev", "active"}});
    emit("stalled", {{"jobId", job.id}});
}

}  // namespace toril::memory

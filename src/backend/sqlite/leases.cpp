// Jobs whose worker holds on to them, and jobs whose worker is gone.

#include "backend/sqlite/operations.hpp"
#include "backend/sqlite/schedulers.hpp"

namespace toril::sqlite {
namespace {

constexpr std::string_view stalled_too_often = "job stalled more than allowable limit";

// To the front of those that wait, whatever its priority is, as BullMQ does.
void recover(Session& session, QueueRow& queue, const JobHead& job) {
    // A scheduler goes on, however often its runs are lost.
    const bool too_often = job.stalled_counter + 1 > queue.stalled_max &&
                           !(job.is_linked() && has_scheduler(session, queue, job.id));
    // What was asked to stop is not run again.
    std::string failure = session.lines.cancel_reason(job.key);
    if (failure.empty() && too_often) failure = stalled_too_often;
    session.lines.take_out(queue, job);
    session.jobs.given_back(job, session.lines.to_front(queue, job.key), /*stalled=*/true, failure);
    session.events.waiting(queue, job.id, "active");
    session.events.emit(queue, "stalled", {{"jobId", job.id}});
}

}  // namespace

std::vector<Status> renew(Session& session,
                          std::string_view queue,
                          const std::vector<contract::Lease>& leases,
                          Millis lock_duration,
                          Timestamp now) {
    std::vector<Status> renewed;
    renewed.reserve(leases.size());
    const std::int64_t now_ms = session.ms(now);
    QueueRow* row = session.queues.find(queue);
    for (const contract::Lease& lease : leases) {
        const auto key = row != nullptr ? session.jobs.find(row->id, lease.id) : std::nullopt;
        const Lines::Renewed answer =
            key ? session.lines.renew(*key, lease.token, now_ms, now_ms + lock_duration.count())
                : Lines::Renewed{};
        if (!answer.held)
            renewed.emplace_back(
                Error(ErrorCode::not_owner, "the lock on job \"" + lease.id + "\" is gone"));
        else if (answer.cancelled)
            renewed.emplace_back(Error(ErrorCode::cancelled, *answer.cancelled));
        else
            renewed.emplace_back();
    }
    return renewed;
}

// Two phases: this check recovers what the last one suspected, then suspects all that is
// active. So a job is recovered only when its lock was missing at one check, and nobody
// renewed it since the one before.
std::vector<JobId> recover_stalled(Session& session, const contract::StalledParams& params) {
    std::vector<JobId> recovered;
    QueueRow* queue = session.queues.find(params.queue);
    const std::int64_t now_ms = session.ms(params.now);
    if (queue == nullptr || now_ms < queue->stalled_until_ms) return recovered;
    session.queues.touch(*queue);
    queue->stalled_until_ms = now_ms + params.interval.count();
    queue->stalled_max = params.stalled_max;
    // Each goes to the very front: the one that was taken first has to go there last.
    for (const std::int64_t key : session.lines.stalled(*queue, now_ms)) {
        const auto job = session.jobs.head(key);
        if (!job || !job->lease) continue;
        recover(session, *queue, *job);
        recovered.push_back(job->id);
    }
    session.lines.suspect_all(*queue);
    return recovered;
}

std::vector<Lost> recover_process(Session& session, std::int64_t process) {
    std::vector<Lost> lost;
    for (const std::int64_t key : session.lines.held_by(process)) {
        QueueRow* queue = session.queues.find(queue_of(key));
        const auto job = session.jobs.head(key);
        if (queue == nullptr || !job || !job->lease) continue;
        recover(session, *queue, *job);
        lost.push_back({queue->name, job->id});
    }
    session.workers.erase_of_process(process);
    session.records.erase_process(process);
    return lost;
}

}  // namespace toril::sqlite

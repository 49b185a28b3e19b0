// A job is asked to stop, or is stopped before it began.

#include "backend/sqlite/deduplication.hpp"
#include "backend/sqlite/operations.hpp"
#include "backend/sqlite/parents.hpp"
#include "backend/sqlite/schedulers.hpp"

namespace toril::sqlite {
namespace {

// All that a failure does, but for what belongs to a run. Children of its own go on.
void fail_without_run(Session& session,
                      QueueRow& queue,
                      const JobHead& job,
                      std::string_view reason,
                      std::int64_t now_ms) {
    const JobState was = job.state();
    end_deduplication(session, queue, job, now_ms);
    child_failed(session, queue, job, reason, now_ms);
    // Where it is by now: programs may have made it its own parent.
    const auto moved = session.jobs.head(job.key);
    if (!moved) return;
    session.lines.take_out(queue, *moved);
    session.lines.to_finished(queue, job.key, job.id, {List::failed, now_ms, 0});
    session.jobs.cancelled(job, reason, now_ms);
    session.events.failed(queue, job.id, reason, list_name(was));
}

}  // namespace

Result<JobState> cancel(Session& session,
                        const contract::JobRef& ref,
                        std::string_view reason,
                        Timestamp now) {
    const auto [queue, job] = session.find(ref.queue, ref.id);
    if (!job) return no_such_job(ref.queue, ref.id);
    const JobState was = job->state();
    if (was == JobState::completed || was == JobState::failed)
        return wrong_state(ref.queue, *job, "unfinished");
    if (job->lease) {
        session.lines.cancel(*queue, job->key, reason);
        return was;
    }
    if (job->is_linked() && is_pending_run(session, *queue, job->id))
        return Error(ErrorCode::wrong_state,
                     "job \"" + ref.id + "\" of \"" + ref.queue +
                         "\" is the next run of a scheduler: remove the scheduler");
    fail_without_run(session, *queue, *job, reason, session.ms(now));
    return was;
}

}  // namespace toril::sqlite

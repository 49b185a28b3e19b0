// What people and programs change in all the jobs of a queue.

#include "backend/sqlite/operations.hpp"
#include "backend/sqlite/parents.hpp"
#include "backend/sqlite/schedulers.hpp"

#include <limits>

namespace toril::sqlite {
namespace {

// Most jobs that one step of drain and obliterate removes.
constexpr std::size_t step_jobs_max = 1000;
// How many jobs clean looks at together.
constexpr std::int64_t clean_batch = 500;

bool is_finished(JobState state) {
    return state == JobState::completed || state == JobState::failed;
}

// What a job's age is counted from.
std::int64_t clean_time_ms(const JobHead& job) {
    if (is_finished(job.state())) return job.place.rank;
    if (job.lease) return job.lease->processed_on_ms;
    if (job.state() == JobState::prioritized || job.processed_on_ms == 0) return job.timestamp_ms;
    return job.processed_on_ms;
}

// A scheduler's next run stays: only its scheduler can be removed.
bool is_kept(Session& session, const QueueRow& queue, const JobHead& job) {
    return !is_finished(job.state()) && job.is_linked() && is_pending_run(session, queue, job.id);
}

enum class Sweep : unsigned char {
    drain,       // what schedulers hang on stays
    obliterate,  // nothing does
};

std::size_t remove_some(
    Session& session, QueueRow& queue, JobState state, std::size_t count, Sweep how) {
    std::size_t removed = 0;
    std::int64_t kept = 0;
    while (removed < count) {
        const auto keys =
            session.lines.slice(queue.id,
                                {.state = state,
                                 .low = std::numeric_limits<std::int64_t>::min(),
                                 .high = std::numeric_limits<std::int64_t>::max(),
                                 .range = {static_cast<std::int64_t>(count - removed), kept}});
        if (keys.empty()) break;
        for (const std::int64_t key : keys) {
            const auto job = session.jobs.head(key);
            // One that is gone went with its last child.
            if (!job || (how == Sweep::drain && is_kept(session, queue, *job))) {
                ++kept;
                continue;
            }
            remove_job(session, queue, *job);
            ++removed;
        }
    }
    return removed;
}

}  // namespace

// Priorities do not count here and a promoted job's `delay` stays on record: BullMQ's rule.
Result<std::size_t> retry_all(Session& session, const contract::RetryAllParams& params) {
    if (!is_finished(params.from) && params.from != JobState::delayed)
        return Error(ErrorCode::invalid_argument,
                     "only failed, completed and delayed jobs can be put back, not " +
                         std::string(to_string(params.from)));
    QueueRow* queue = session.queues.find(params.queue);
    if (queue == nullptr) return std::size_t{0};
    const std::int64_t until_ms = params.until == Timestamp{}
                                      ? std::numeric_limits<std::int64_t>::max()
                                      : params.until.time_since_epoch().count();
    const auto keys =
        session.lines.slice(queue->id,
                            {.state = params.from,
                             .low = std::numeric_limits<std::int64_t>::min(),
                             .high = until_ms,
                             .range = {.limit = static_cast<std::int64_t>(params.count)}});
    std::size_t moved = 0;
    for (const std::int64_t key : keys) {
        const auto job = session.jobs.head(key);
        if (!job) break;
        session.lines.take_out(*queue, *job);
        const Place to = session.lines.to_end(*queue, key, /*priority=*/0);
        if (is_finished(params.from)) {
            session.jobs.revived(*job, to);
            child_retried(session, *queue, *job);
        } else {
            session.jobs.moved(key, to);
        }
        session.events.waiting(*queue, job->id, to_string(params.from));
        ++moved;
    }
    return moved;
}

Status pause(Session& session, const std::string& queue) {
    if (QueueRow* row = session.queues.find_or_make(queue)) {
        session.queues.touch(*row);
        row->paused = true;
        session.events.emit(*row, "paused", {});
    }
    return {};
}

Status resume(Session& session, const std::string& queue) {
    QueueRow* row = session.queues.find(queue);
    if (row == nullptr) return {};
    session.queues.touch(*row);
    row->touched.available = row->touched.available || row->paused;
    row->paused = false;
    session.events.emit(*row, "resumed", {});
    return {};
}

Status set_concurrency(Session& session,
                       const std::string& queue,
                       std::optional<std::int64_t> max) {
    if (QueueRow* row = session.queues.find_or_make(queue)) {
        session.queues.touch(*row);
        row->concurrency = max;
        row->touched.available = true;
    }
    return {};
}

std::size_t drain(Session& session, const std::string& queue, bool delayed_too) {
    QueueRow* row = session.queues.find(queue);
    if (row == nullptr) return 0;
    std::size_t removed =
        remove_some(session, *row, JobState::waiting, step_jobs_max, Sweep::drain);
    removed +=
        remove_some(session, *row, JobState::prioritized, step_jobs_max - removed, Sweep::drain);
    if (delayed_too)
        removed +=
            remove_some(session, *row, JobState::delayed, step_jobs_max - removed, Sweep::drain);
    return removed;
}

Result<std::vector<JobId>> clean(Session& session, const contract::CleanParams& params) {
    if (params.state == JobState::waiting_children || params.state == JobState::unknown)
        return Error(
            ErrorCode::invalid_argument,
            "jobs that are " + std::string(to_string(params.state)) + " cannot be cleaned");
    std::vector<JobId> removed;
    QueueRow* queue = session.queues.find(params.queue);
    if (queue == nullptr) return removed;
    const std::int64_t now_ms = session.ms(params.now);
    const std::int64_t until_ms = now_ms - params.older_than.count();
    // The finished ones are in the order of their age; of the others all are looked at.
    const std::int64_t high =
        is_finished(params.state) ? until_ms : std::numeric_limits<std::int64_t>::max();
    std::int64_t kept = 0;
    for (bool more = true; more && removed.size() < params.count;) {
        const auto keys = session.lines.slice(queue->id,
                                              {.state = params.state,
                                               .low = std::numeric_limits<std::int64_t>::min(),
                                               .high = high,
                                               .range = {clean_batch, kept}});
        more = !keys.empty();
        for (const std::int64_t key : keys) {
            if (removed.size() == params.count) break;
            const auto job = session.jobs.head(key);
            const bool held = job && job->lease && job->lease->is_held(now_ms);
            if (!job || held || clean_time_ms(*job) > until_ms || is_kept(session, *queue, *job)) {
                ++kept;
                continue;
            }
            remove_job(session, *queue, *job);
            removed.push_back(job->id);
        }
    }
    session.events.emit(*queue, "cleaned", {{"count", std::to_string(removed.size())}});
    return removed;
}

Result<bool> obliterate(Session& session, const std::string& queue, bool force) {
    QueueRow* row = session.queues.find(queue);
    if (row == nullptr) return false;
    session.queues.touch(*row);
    row->paused = true;
    if (!force && row->sizes.active > 0)
        return Error(ErrorCode::wrong_state,
                     "queue \"" + queue + "\" has " + std::to_string(row->sizes.active) +
                         " active jobs; only force removes them too");
    std::size_t budget = step_jobs_max;
    for (const JobState state : {JobState::active,
                                 JobState::delayed,
                                 JobState::completed,
                                 JobState::waiting,
                                 JobState::prioritized,
                                 JobState::failed,
                                 JobState::waiting_children})
        budget -= remove_some(session, *row, state, budget, Sweep::obliterate);
    const JobCounts empty;
    if (!(row->sizes == empty)) return true;
    session.deduplication.erase_queue(row->id);
    session.schedulers.erase_all(row->id);
    session.metrics.erase_all(row->id);
    session.events.erase(*row);
    session.queues.erase(*row);
    return false;
}

}  // namespace toril::sqlite

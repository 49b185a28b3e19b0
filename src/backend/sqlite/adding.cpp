// A job is added.

#include "backend/sqlite/operations.hpp"

namespace toril::sqlite {
namespace {

Place place_new(Session& session,
                QueueRow& queue,
                std::int64_t key,
                const contract::AddJob& job,
                std::int64_t timestamp_ms) {
    if (job.delay > Millis{0})
        return session.lines.to_delayed(queue, key, timestamp_ms + job.delay.count());
    if (job.priority <= 0 && job.lifo) return session.lines.to_front(queue, key);
    return session.lines.to_end(queue, key, std::max(0, job.priority));
}

contract::Added add_one(Session& session,
                        QueueRow& queue,
                        const contract::AddJob& job,
                        std::int64_t now_ms) {
    // Ids have gaps, as BullMQ's do: a job that brings its own id counts too.
    const std::int64_t key = job_key(queue.id, ++queue.job_number);
    session.queues.touch(queue);
    if (!job.id.empty() && session.jobs.find(queue.id, job.id))
        return {.id = job.id, .existed = true};
    const std::int64_t timestamp_ms =
        job.timestamp == Timestamp{} ? now_ms : job.timestamp.time_since_epoch().count();
    const Place at = place_new(session, queue, key, job, timestamp_ms);
    session.jobs.insert(key, job, at, Timestamp(Millis(timestamp_ms)));
    return {.id = job.id.empty() ? number_text(key) : job.id, .existed = false};
}

}  // namespace

std::vector<Result<contract::Added>> add(Session& session, const contract::AddParams& params) {
    if (auto first = session.records.find_add(params)) return *first;
    std::vector<Result<contract::Added>> added;
    QueueRow* queue = session.queues.find_or_make(params.queue);
    if (queue == nullptr) return added;  // the database failed, and says so
    added.reserve(params.jobs.size());
    const std::int64_t now_ms = session.ms(params.now);
    for (const contract::AddJob& job : params.jobs)
        added.emplace_back(add_one(session, *queue, job, now_ms));
    session.records.keep_add(params, added, now_ms);
    return added;
}

}  // namespace toril::sqlite

// Runs of jobs begin, after others have ended.

#include "backend/sqlite/finishing.hpp"
#include "backend/sqlite/limits.hpp"
#include "backend/sqlite/operations.hpp"

#include <algorithm>
#include <utility>

namespace toril::sqlite {
namespace {

// Most jobs that one call promotes. BullMQ's.
constexpr std::int64_t step_jobs_max = 1000;

// To the end of the line even if the job was added as LIFO, as BullMQ does.
void promote_due(Session& session, QueueRow& queue, std::int64_t now_ms) {
    for (const std::int64_t key : session.lines.due(queue, now_ms, step_jobs_max)) {
        const auto job = session.jobs.head(key);
        if (!job) return;
        session.lines.take_out(queue, *job);
        session.jobs.promoted(key, enqueue(session, queue, *job));
        session.events.waiting(queue, job->id, "delayed");
    }
}

std::int64_t limited_for_ms(const QueueRow& queue,
                            const std::optional<contract::RateLimit>& limit,
                            std::int64_t now_ms) {
    return limit ? queue.limiter.left_ms(limit->max, now_ms) : 0;
}

// How many of the first ones may start: by the queue's own limit, then by the rate.
std::vector<Candidate> choose(Session& session,
                              QueueRow& queue,
                              const contract::FinishAndTakeParams& call,
                              std::int64_t now_ms) {
    std::size_t most = call.take;
    if (queue.concurrency)
        most = std::min(most,
                        static_cast<std::size_t>(*queue.concurrency) -
                            static_cast<std::size_t>(queue.sizes.active));
    const auto limit = limit_for(queue, call.taker);
    std::vector<Candidate> chosen = session.lines.first(queue, most);
    if (!limit) return chosen;
    std::size_t allowed = 0;
    while (allowed < chosen.size() && limited_for_ms(queue, limit, now_ms) == 0) {
        // A job that only comes to be failed does no work, so it is not counted.
        if (chosen[allowed].job.deferred_failure.empty())
            queue.limiter.count(limit->duration, now_ms);
        ++allowed;
    }
    chosen.resize(allowed);
    return chosen;
}

std::vector<contract::TakenJob> take(Session& session,
                                     QueueRow& queue,
                                     const contract::FinishAndTakeParams& call,
                                     std::int64_t now_ms) {
    std::vector<contract::TakenJob> jobs;
    const bool any = queue.sizes.waiting + queue.sizes.prioritized > 0;
    if (call.take == 0 || !any || queue.is_blocked() ||
        limited_for_ms(queue, limit_for(queue, call.taker), now_ms) > 0)
        return jobs;
    std::vector<Candidate> chosen = choose(session, queue, call, now_ms);
    session.lines.lease(queue,
                        chosen,
                        {.process = session.process,
                         .taken_at_ms = now_ms,
                         .expires_at_ms = now_ms + call.taker.lock_duration.count(),
                         .token = call.token,
                         .worker_name = call.taker.name});
    jobs.reserve(chosen.size());
    for (Candidate& candidate : chosen) {
        session.jobs.complete(candidate.key, candidate.extras, candidate.job);
        candidate.job.processed_on = Timestamp(Millis(now_ms));
        session.events.active(queue, candidate.job.id);
        jobs.push_back(std::move(candidate.job));
    }
    return jobs;
}

// Whether the last job of all was finished. As in BullMQ a take that was kept from looking, or
// that has a due time to wait for, says nothing.
bool is_drained(const QueueRow& queue,
                const contract::FinishAndTakeParams& call,
                const contract::FinishedAndTaken& answer) {
    using Kind = contract::Outcome::Kind;
    const JobCounts& sizes = queue.sizes;
    if (!answer.jobs.empty() || sizes.waiting + sizes.prioritized + sizes.active > 0) return false;
    const bool waits =
        answer.next_due != Timestamp{} || answer.blocked || answer.limited_for > Millis{0};
    if (call.take > 0 && waits) return false;
    for (std::size_t i = 0; i < call.outcomes.size(); ++i)
        if (answer.finished[i] &&
            (call.outcomes[i].kind == Kind::complete || call.outcomes[i].kind == Kind::fail))
            return true;
    return false;
}

contract::FinishedAndTaken go_through(Session& session,
                                      QueueRow& queue,
                                      const contract::FinishAndTakeParams& call,
                                      std::int64_t now_ms) {
    contract::FinishedAndTaken answer;
    answer.finished.reserve(call.outcomes.size());
    for (const contract::Outcome& outcome : call.outcomes)
        answer.finished.push_back(finish(session, queue, outcome, now_ms));
    count_finished(session, queue, call, answer.finished, now_ms);
    promote_due(session, queue, now_ms);
    answer.jobs = take(session, queue, call, now_ms);
    answer.next_due = Timestamp(Millis(session.lines.next_due_ms(queue)));
    answer.limited_for = Millis(limited_for_ms(queue, limit_for(queue, call.taker), now_ms));
    answer.blocked = queue.is_blocked();
    if (is_drained(queue, call, answer)) session.events.emit(queue, "drained", {});
    return answer;
}

contract::FinishedAndTaken without_queue(const contract::FinishAndTakeParams& call) {
    contract::FinishedAndTaken answer;
    for (const contract::Outcome& outcome : call.outcomes)
        answer.finished.emplace_back(no_such_job(call.queue, outcome.id));
    return answer;
}

contract::FinishedAndTaken with_payloads(Session& session,
                                         const contract::FinishAndTakeParams& call,
                                         contract::FinishedAndTaken answer) {
    for (contract::TakenJob& taken : answer.jobs)
        if (auto found = job(session, {call.queue, taken.id})) taken.data = found->data.text();
    return answer;
}

}  // namespace

Result<contract::FinishedAndTaken> finish_and_take(Session& session,
                                                   const contract::FinishAndTakeParams& call) {
    auto first = session.replays.find(call);
    if (!first) return first.error();
    if (*first) return with_payloads(session, call, std::move(**first));

    QueueRow* queue = session.queues.find(call.queue);
    const std::int64_t now_ms = session.ms(call.now);
    contract::FinishedAndTaken answer =
        queue != nullptr ? go_through(session, *queue, call, now_ms) : without_queue(call);
    session.replays.keep(call, answer, Timestamp(Millis(now_ms)));
    return answer;
}

}  // namespace toril::sqlite

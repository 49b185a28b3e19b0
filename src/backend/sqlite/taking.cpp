// Runs of jobs end, and others begin.

#include "backend/sqlite/operations.hpp"

#include <algorithm>
#include <utility>

namespace toril::sqlite {
namespace {

// Most jobs that one call promotes, or that one finished job's limits remove. BullMQ's.
constexpr std::int64_t step_jobs_max = 1000;

void trim_finished(
    Session& session, QueueRow& queue, List list, const Ending& end, const KeepJobs& keep) {
    const JobState state = list == List::completed ? JobState::completed : JobState::failed;
    if (keep.age) {
        const auto old = session.lines.slice(queue.id,
                                             {.state = state,
                                              .low = 0,
                                              .high = end.at_ms - keep.age->count(),
                                              .range = {.limit = step_jobs_max}});
        for (const std::int64_t key : old)
            if (const auto job = session.jobs.head(key)) erase_job(session, queue, *job);
    }
    if (!keep.count || *keep.count <= 0) return;
    const auto kept = static_cast<std::uint64_t>(*keep.count);
    const std::uint64_t size = size_of(queue.sizes, state);
    if (size <= kept) return;
    const auto excess = static_cast<std::int64_t>(size - kept);
    for (const std::int64_t key : session.lines.all(queue.id, state, excess))
        if (const auto job = session.jobs.head(key)) erase_job(session, queue, *job);
}

void end_for_good(Session& session,
                  QueueRow& queue,
                  const JobHead& job,
                  const contract::Outcome& outcome,
                  const Ending& end) {
    if (outcome.keep.count == 0) return erase_job(session, queue, job);
    session.lines.take_out(queue, job);
    const bool completed = outcome.kind == contract::Outcome::Kind::complete;
    const List list = completed ? List::completed : List::failed;
    session.lines.to_finished(queue, job.key, job.id, {list, end.at_ms, 0});
    if (completed)
        session.jobs.completed(job, end);
    else
        session.jobs.failed(job, end);
    trim_finished(session, queue, list, end, outcome.keep);
}

void try_again(Session& session,
               QueueRow& queue,
               const JobHead& job,
               const contract::Outcome& outcome,
               const Ending& end) {
    session.lines.take_out(queue, job);
    const Place to =
        outcome.delay > Millis{0}
            ? session.lines.to_delayed(queue, job.key, end.at_ms + outcome.delay.count())
            : enqueue(session, queue, job);
    session.jobs.retried(job, to, end, outcome.delay);
}

void hand_back(Session& session, QueueRow& queue, const JobHead& job) {
    session.lines.take_out(queue, job);
    const Place to = job.priority > 0
                         ? session.lines.to_front_of_priority(queue, job.key, job.priority, job.id)
                         : session.lines.to_front(queue, job.key);
    session.jobs.given_back(job, to, /*stalled=*/false, {});
}

Status finish(Session& session,
              QueueRow& queue,
              const contract::Outcome& outcome,
              std::int64_t now_ms) {
    const auto key = session.jobs.find(queue.id, outcome.id);
    const auto job = key ? session.jobs.head(*key) : std::nullopt;
    if (!job) return no_such_job(queue.name, outcome.id);
    if (!job->lease || !job->lease->is_held(now_ms) || job->lease->token != outcome.token)
        return Error(
            ErrorCode::not_owner,
            "job \"" + job->id + "\" of \"" + queue.name + "\" is no longer held by this run");
    const Ending end{outcome.value, outcome.stacktrace, now_ms};
    using Kind = contract::Outcome::Kind;
    switch (outcome.kind) {
        case Kind::complete:
        case Kind::fail: end_for_good(session, queue, *job, outcome, end); break;
        case Kind::retry: try_again(session, queue, *job, outcome, end); break;
        case Kind::hand_back: hand_back(session, queue, *job); break;
    }
    return {};
}

// To the end of the line even if the job was added as LIFO, as BullMQ does.
void promote_due(Session& session, QueueRow& queue, std::int64_t now_ms) {
    for (const std::int64_t key : session.lines.due(queue, now_ms, step_jobs_max)) {
        const auto job = session.jobs.head(key);
        if (!job) return;
        session.lines.take_out(queue, *job);
        session.jobs.promoted(key, enqueue(session, queue, *job));
    }
}

std::int64_t limited_for_ms(const QueueRow& queue,
                            const std::optional<contract::RateLimit>& limit,
                            std::int64_t now_ms) {
    const FixedWindow& window = queue.limiter;
    if (!limit || window.started < limit->max || now_ms >= window.until_ms) return 0;
    return window.until_ms - now_ms;
}

void count_start(QueueRow& queue, const contract::RateLimit& limit, std::int64_t now_ms) {
    if (now_ms >= queue.limiter.until_ms) queue.limiter = {0, now_ms + limit.duration.count()};
    ++queue.limiter.started;
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
    const auto& limit = call.taker.limit;
    std::vector<Candidate> chosen = session.lines.first(queue, most);
    if (!limit) return chosen;
    std::size_t allowed = 0;
    while (allowed < chosen.size() && limited_for_ms(queue, limit, now_ms) == 0) {
        // A job that only comes to be failed does no work, so it is not counted.
        if (chosen[allowed].job.deferred_failure.empty()) count_start(queue, *limit, now_ms);
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
        limited_for_ms(queue, call.taker.limit, now_ms) > 0)
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
        if (candidate.is_big) candidate.job.data = session.jobs.payload(candidate.key);
        candidate.job.processed_on = Timestamp(Millis(now_ms));
        jobs.push_back(std::move(candidate.job));
    }
    return jobs;
}

contract::FinishedAndTaken go_through(Session& session,
                                      QueueRow& queue,
                                      const contract::FinishAndTakeParams& call,
                                      std::int64_t now_ms) {
    contract::FinishedAndTaken answer;
    answer.finished.reserve(call.outcomes.size());
    for (const contract::Outcome& outcome : call.outcomes)
        answer.finished.push_back(finish(session, queue, outcome, now_ms));
    promote_due(session, queue, now_ms);
    answer.jobs = take(session, queue, call, now_ms);
    answer.next_due = Timestamp(Millis(session.lines.next_due_ms(queue)));
    answer.limited_for = Millis(limited_for_ms(queue, call.taker.limit, now_ms));
    answer.blocked = queue.is_blocked();
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

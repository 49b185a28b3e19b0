#include "backend/sqlite/finishing.hpp"

#include "backend/sqlite/deduplication.hpp"
#include "backend/sqlite/operations.hpp"
#include "backend/sqlite/parents.hpp"

namespace toril::sqlite {
namespace {

using Kind = contract::Outcome::Kind;

// Most jobs that one finished job's limits remove by their age. BullMQ's.
constexpr std::int64_t trimmed_jobs_max = 1000;

// A finished job that is not to be kept. Its deduplication id was settled when it ended.
void forget(Session& session, QueueRow& queue, const JobHead& job) {
    leave_parent(session, queue, job);
    erase_job(session, queue, job);
}

void trim_finished(
    Session& session, QueueRow& queue, List list, const Ending& end, const KeepJobs& keep) {
    const JobState state = list == List::completed ? JobState::completed : JobState::failed;
    if (keep.age) {
        const auto old = session.lines.slice(queue.id,
                                             {.state = state,
                                              .low = 0,
                                              .high = end.at_ms - keep.age->count(),
                                              .range = {.limit = trimmed_jobs_max}});
        for (const std::int64_t key : old)
            if (const auto job = session.jobs.head(key)) forget(session, queue, *job);
    }
    if (!keep.count || *keep.count <= 0) return;
    const auto kept = static_cast<std::uint64_t>(*keep.count);
    const std::uint64_t size = size_of(queue.sizes, state);
    if (size <= kept) return;
    const auto excess = static_cast<std::int64_t>(size - kept);
    for (const std::int64_t key : session.lines.all(queue.id, state, excess))
        if (const auto job = session.jobs.head(key)) forget(session, queue, *job);
}

void tell_of_end(Session& session,
                 QueueRow& queue,
                 const JobHead& job,
                 const contract::Outcome& outcome) {
    if (outcome.kind == Kind::complete)
        return session.events.completed(queue, job.id, outcome.value);
    session.events.failed(queue, job.id, outcome.value, "active");
    const int made = job.attempts_made + 1;
    if (made < outcome.attempts) return;
    session.events.emit(
        queue, "retries-exhausted", {{"jobId", job.id}, {"attemptsMade", std::to_string(made)}});
}

// What a finished job owes to others: its deduplication id, and its parent.
void settle(Session& session,
            QueueRow& queue,
            const JobHead& job,
            const contract::Outcome& outcome,
            std::int64_t now_ms) {
    if (!job.is_linked()) return;
    end_deduplication(session, queue, job, now_ms);
    if (outcome.kind == Kind::complete)
        child_completed(session, queue, job, outcome.value, now_ms);
    else
        child_failed(session, queue, job, outcome.value, now_ms);
}

void end_for_good(Session& session,
                  QueueRow& queue,
                  const JobHead& job,
                  const contract::Outcome& outcome,
                  const Ending& end) {
    settle(session, queue, job, outcome, end.at_ms);
    if (outcome.keep.count == 0) {
        forget(session, queue, job);
        return tell_of_end(session, queue, job, outcome);
    }
    session.lines.take_out(queue, job);
    const bool completed = outcome.kind == Kind::complete;
    const List list = completed ? List::completed : List::failed;
    session.lines.to_finished(queue, job.key, job.id, {list, end.at_ms, 0});
    if (completed)
        session.jobs.completed(job, end);
    else
        session.jobs.failed(job, end);
    trim_finished(session, queue, list, end, outcome.keep);
    tell_of_end(session, queue, job, outcome);
}

Place place_again(
    Session& session, QueueRow& queue, const JobHead& job, Millis delay, std::int64_t now_ms) {
    session.lines.take_out(queue, job);
    if (delay <= Millis{0}) {
        const Place to = enqueue_again(session, queue, job);
        session.events.waiting(queue, job.id, "active");
        return to;
    }
    const Place to = session.lines.to_delayed(queue, job.key, job.id, now_ms + delay.count());
    session.events.delayed(queue, job.id, to.rank);
    return to;
}

void postpone(
    Session& session, QueueRow& queue, const JobHead& job, Millis delay, std::int64_t now_ms) {
    const Place to = place_again(session, queue, job, delay, now_ms);
    session.jobs.given_back(job, to, /*stalled=*/false, {});
    if (to.list == List::delayed) session.jobs.set_delay(job.key, delay);
}

void hand_back(Session& session, QueueRow& queue, const JobHead& job) {
    session.lines.take_out(queue, job);
    const Place to = job.priority > 0
                         ? session.lines.to_front_of_priority(queue, job.key, job.priority, job.id)
                         : session.lines.to_front(queue, job.key);
    session.jobs.given_back(job, to, /*stalled=*/false, {});
    session.events.waiting(queue, job.id, "active");
}

void wait_children(Session& session, QueueRow& queue, const JobHead& job, std::int64_t now_ms) {
    if (!has_pending_children(session, job)) return hand_back(session, queue, job);
    session.lines.take_out(queue, job);
    const Place to = session.lines.to_waiting_children(queue, job.key, job.id, now_ms);
    session.jobs.given_back(job, to, /*stalled=*/false, {});
    session.events.waiting_children(queue, job.id, "active");
}

void end_run(Session& session,
             QueueRow& queue,
             const JobHead& job,
             const contract::Outcome& outcome,
             std::int64_t now_ms) {
    const Ending end{outcome.value, outcome.stacktrace, now_ms};
    switch (outcome.kind) {
        case Kind::complete:
        case Kind::fail: end_for_good(session, queue, job, outcome, end); break;
        case Kind::retry:
            session.jobs.retried(
                job, place_again(session, queue, job, outcome.delay, now_ms), end, outcome.delay);
            break;
        case Kind::hand_back: hand_back(session, queue, job); break;
        case Kind::postpone: postpone(session, queue, job, outcome.delay, now_ms); break;
        case Kind::wait_children: wait_children(session, queue, job, now_ms); break;
        case Kind::rate_limit:
            hand_back(session, queue, job);
            queue.limiter.hold(outcome.delay.count(), now_ms);
            break;
    }
}

// Whether its children let a job end so.
Status check_children(Session& session, const QueueRow& queue, const JobHead& job, Kind kind) {
    if (!job.has_children() || (kind != Kind::complete && kind != Kind::wait_children)) return {};
    const std::string name = "job \"" + job.id + "\" of \"" + queue.name + "\"";
    if (kind == Kind::complete && has_pending_children(session, job))
        return Error(ErrorCode::failed, name + " has pending children");
    if (has_failed_children(session, job))
        return Error(ErrorCode::unrecoverable, name + " has at least one failed child");
    return {};
}

}  // namespace

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
    if (Status allowed = check_children(session, queue, *job, outcome.kind); !allowed)
        return allowed;
    end_run(session, queue, *job, outcome, now_ms);
    return {};
}

}  // namespace toril::sqlite

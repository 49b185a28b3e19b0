// Taking jobs to run them (bullmq-wire 3.3).

#include "backend/memory/families.hpp"

#include <algorithm>

namespace toril::memory {
namespace {

// Most jobs that one call promotes. BullMQ's.
constexpr std::size_t step_jobs_max = 1000;

}  // namespace

Result<contract::FinishedAndTaken> MemoryQueue::finish_and_take(
    const contract::FinishAndTakeParams& call, Timestamp now) {
    auto first_answer = repeats_.find(call);
    if (!first_answer) return first_answer.error();
    if (*first_answer) return std::move(**first_answer);

    contract::FinishedAndTaken answer;
    answer.finished.reserve(call.outcomes.size());
    bool any_ended = false;
    for (const contract::Outcome& outcome : call.outcomes) {
        answer.finished.push_back(finish(outcome, call.taker, now));
        any_ended |= answer.finished.back() && (outcome.kind == contract::Outcome::Kind::complete ||
                                                outcome.kind == contract::Outcome::Kind::fail);
    }
    promote_due(now);
    while (answer.jobs.size() < call.take && !is_blocked() &&
           limited_for(call.taker, now) == Millis{0}) {
        JobRecord* job = next_to_run();
        if (job == nullptr) break;
        answer.jobs.push_back(start(*job, call, now));
    }
    answer.next_due = next_due();
    answer.limited_for = limited_for(call.taker, now);
    answer.blocked = is_blocked();
    const bool found_nothing = answer.jobs.empty() && answer.next_due == Timestamp{} &&
                               answer.limited_for == Millis{0} && !answer.blocked;
    if (any_ended && is_drained() && (call.take == 0 || found_nothing)) emit("drained", {});
    repeats_.keep(call, answer, now);
    return answer;
}

bool MemoryQueue::is_blocked() const {
    if (settings_.paused) return true;
    const auto active = static_cast<std::int64_t>(homes_.size(JobState::active));
    return settings_.concurrency && active >= *settings_.concurrency;
}

Millis MemoryQueue::limited_for(const contract::Taker& taker, Timestamp now) const {
    const auto limit = joined(settings_.limit, taker.limit);
    return limit && limit->max > 0 ? limits_.starts.left(limit->max, now) : Millis{0};
}

// To the end of the line even if the job was added as LIFO, as BullMQ does.
void MemoryQueue::promote_due(Timestamp now) {
    const Home& delayed = homes_[JobState::delayed];
    for (std::size_t i = 0; i < step_jobs_max && !delayed.empty(); ++i) {
        JobRecord& job = **delayed.begin();
        if (due_at(job) > now) return;
        job.spec.delay = Millis{0};
        wait_again(job, JobState::delayed, Side::end);
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
    const auto limit = joined(settings_.limit, call.taker.limit);
    // A job that only comes to be failed does no work, so it is not counted.
    if (limit && limit->max > 0 && job.run.deferred_failure.empty())
        limits_.starts.count(limit->duration, now);
    job.lock = {.token = call.token, .expires_at = now + call.taker.lock_duration};
    job.run.processed_on = now;
    if (!call.taker.name.empty()) job.run.processed_by = call.taker.name;
    ++job.run.attempts_started;
    emit("active", {{"jobId", job.id}, {"prev", "waiting"}});
    return taken_job(job);
}

// Jobs that are delayed, or wait for children, do not count: BullMQ's rule.
bool MemoryQueue::is_drained() const {
    return homes_[JobState::waiting].empty() && homes_[JobState::active].empty() &&
           homes_[JobState::prioritized].empty();
}

}  // namespace toril::memory

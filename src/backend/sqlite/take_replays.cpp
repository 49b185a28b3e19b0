#include "backend/sqlite/take_replays.hpp"

namespace toril::sqlite {
namespace {

contract::FinishedAndTaken without_payloads(const contract::FinishedAndTaken& answer) {
    contract::FinishedAndTaken kept{.finished = answer.finished,
                                    .next_due = answer.next_due,
                                    .limited_for = answer.limited_for,
                                    .blocked = answer.blocked};
    kept.jobs.reserve(answer.jobs.size());
    for (const contract::TakenJob& job : answer.jobs)
        kept.jobs.push_back({.id = job.id,
                             .name = job.name,
                             .opts = job.opts,
                             .progress = job.progress,
                             .stacktrace = job.stacktrace,
                             .parent_key = job.parent_key,
                             .parent = job.parent,
                             .deduplication_id = job.deduplication_id,
                             .repeat_job_key = job.repeat_job_key,
                             .deferred_failure = job.deferred_failure,
                             .attempts_made = job.attempts_made,
                             .attempts_started = job.attempts_started,
                             .stalled_counter = job.stalled_counter,
                             .priority = job.priority,
                             .timestamp = job.timestamp,
                             .processed_on = job.processed_on});
    return kept;
}

}  // namespace

Result<std::optional<contract::FinishedAndTaken>> TakeReplays::find(
    const contract::FinishAndTakeParams& call) const {
    const auto found = lanes_.find({call.taker.worker, call.lane});
    if (found == lanes_.end() || call.sequence > found->second.sequence)
        return std::optional<contract::FinishedAndTaken>();
    if (call.sequence == found->second.sequence)
        return std::optional<contract::FinishedAndTaken>(found->second.answer);
    return Error(ErrorCode::invalid_argument,
                 "call " + std::to_string(call.sequence) + " of worker \"" + call.taker.worker +
                     "\" comes after its call " + std::to_string(found->second.sequence));
}

void TakeReplays::keep(const contract::FinishAndTakeParams& call,
                       const contract::FinishedAndTaken& answer,
                       Timestamp now) {
    if (call.taker.worker.empty()) return;
    const Lane key{call.taker.worker, call.lane};
    const auto [lane, is_new] = lanes_.try_emplace(key);
    lane->second = {call.sequence, without_payloads(answer), now};
    fresh_.push_back(key);
    if (!is_new) return;
    // Workers come and go; a new one pays for clearing up after those that are long gone.
    std::erase_if(lanes_, [now](const auto& entry) {
        return entry.second.at + contract::repeat_token_lifetime < now;
    });
}

void TakeReplays::rolled_back() {
    for (const Lane& lane : fresh_)
        lanes_.erase(lane);
    fresh_.clear();
}

}  // namespace toril::sqlite

#include "model/invariants.hpp"

#include <algorithm>

namespace toril::model {
namespace {

std::set<JobId> ids_in(const Snapshot& snapshot) {
    std::set<JobId> ids;
    for (const auto& [state, jobs] : snapshot.pages)
        for (const Job& job : jobs)
            ids.insert(job.id);
    return ids;
}

bool removes(Kind kind) {
    return kind == Kind::call || kind == Kind::remove || kind == Kind::drain ||
           kind == Kind::clean || kind == Kind::obliterate;
}

bool is_final(JobState state) {
    return state == JobState::completed || state == JobState::failed;
}

std::uint64_t counted(const JobCounts& counts, JobState state) {
    switch (state) {
        case JobState::waiting: return counts.waiting + counts.paused;
        case JobState::active: return counts.active;
        case JobState::delayed: return counts.delayed;
        case JobState::prioritized: return counts.prioritized;
        case JobState::waiting_children: return counts.waiting_children;
        case JobState::completed: return counts.completed;
        default: return counts.failed;
    }
}

}  // namespace

std::string Invariants::check(const Step& step,
                              const Answer& answer,
                              const Snapshot& before,
                              const Snapshot& after) {
    std::string broken = check_homes(after);
    if (broken.empty()) broken = check_conservation(step, answer, before, after);
    if (broken.empty() && step.operation.kind == Kind::call)
        broken = check_take(step, answer, before);
    if (broken.empty() && step.operation.kind == Kind::call)
        broken = check_outcomes(step, answer, before, after);
    if (broken.empty() && step.operation.kind == Kind::recover_stalled)
        broken = check_recovery(answer, after);
    learn(step, answer);
    return broken;
}

// I1 one home, I2 listed jobs are there, I9 attempts.
std::string Invariants::check_homes(const Snapshot& after) const {
    std::set<JobId> seen;
    for (const auto& [state, jobs] : after.pages) {
        if (counted(after.counts, state) != jobs.size())
            return "I1: the count of " + std::string(toril::to_string(state)) +
                   " is not the length of its page";
        for (const Job& job : jobs) {
            if (!seen.insert(job.id).second) return "I1: " + job.id + " has two homes";
            if (job.state != state) return "I2: " + job.id + " says that it is elsewhere";
            if (job.attempts_made > job.attempts_started)
                return "I9: " + job.id + " ended more often than it began";
            if (is_final(state) != (job.finished_on != Timestamp{}))
                return "I5: " + job.id + " is final without a time, or has a time without being";
        }
    }
    return "";
}

// I3: jobs come by being added, and go by what removes jobs.
std::string Invariants::check_conservation(const Step& step,
                                           const Answer& answer,
                                           const Snapshot& before,
                                           const Snapshot& after) const {
    const std::set<JobId> was = ids_in(before);
    const std::set<JobId> is = ids_in(after);
    std::set<JobId> added;
    for (const contract::Added& each : answer.added)
        if (!each.existed) added.insert(each.id);
    for (const JobId& id : is)
        if (!was.contains(id) && !added.contains(id)) return "I3: " + id + " came from nowhere";
    for (const JobId& id : added)
        if (!is.contains(id)) return "I3: " + id + " was added and is not there";
    for (const JobId& id : was)
        if (!is.contains(id) && !removes(step.operation.kind)) return "I3: " + id + " got lost";
    return "";
}

// I7 no early start, I8 order, I12 concurrency, I16 pause.
std::string Invariants::check_take(const Step& step,
                                   const Answer& answer,
                                   const Snapshot& before) const {
    if (answer.taken.size() > step.operation.take) return "took more than was asked for";
    if (before.info.paused && !answer.taken.empty()) return "I16: a paused queue gave a job";
    if (!step.operation.outcomes.empty()) return "";

    const auto& concurrency = before.info.concurrency;
    if (concurrency && !answer.taken.empty() &&
        before.counts.active + answer.taken.size() > static_cast<std::uint64_t>(*concurrency))
        return "I12: more active jobs than allowed";
    std::vector<JobId> expected;
    for (const Job& job : before.pages.at(JobState::waiting))
        expected.push_back(job.id);
    bool due_by_priority = false;
    for (const Job& job : before.pages.at(JobState::delayed)) {
        const auto taken = std::find_if(answer.taken.begin(),
                                        answer.taken.end(),
                                        [&](const auto& each) { return each.id == job.id; });
        if (taken == answer.taken.end()) continue;
        if (due_.at({step.queue, job.id}) > step.now) return "I7: " + job.id + " started too early";
        if (job.priority == 0)
            expected.push_back(job.id);
        else
            due_by_priority = true;
    }
    if (due_by_priority) return "";
    for (const Job& job : before.pages.at(JobState::prioritized))
        expected.push_back(job.id);
    for (std::size_t i = 0; i < answer.taken.size(); ++i)
        if (i >= expected.size() || answer.taken[i].id != expected[i])
            return "I8: " + answer.taken[i].id + " was served out of turn";
    return "";
}

// I5 one final record, I6 one holder.
std::string Invariants::check_outcomes(const Step& step,
                                       const Answer& answer,
                                       const Snapshot& before,
                                       const Snapshot& after) const {
    if (answer.finished.size() != step.call.outcomes.size())
        return "answered " + std::to_string(answer.finished.size()) + " outcomes of " +
               std::to_string(step.call.outcomes.size());
    for (std::size_t i = 0; i < answer.finished.size(); ++i) {
        const contract::Outcome& outcome = step.call.outcomes[i];
        const Job* was = before.find(outcome.id);
        if (answer.finished[i]) {
            const auto holder = holder_.find({step.queue, outcome.id});
            if (holder == holder_.end() || holder->second != outcome.token)
                return "I6: a stranger finished " + outcome.id;
            if (was == nullptr || was->state != JobState::active)
                return "I5: " + outcome.id + " was finished and was not active";
            continue;
        }
        const Job* is = after.find(outcome.id);
        if (was != nullptr && is != nullptr && was->attempts_made != is->attempts_made)
            return "I5: a refused outcome of " + outcome.id + " counted";
        if (was != nullptr && is_final(was->state) && is != nullptr && is->state != was->state)
            return "I5: " + outcome.id + " has two final records";
    }
    return "";
}

// I10: what was lost too often is to fail.
std::string Invariants::check_recovery(const Answer& answer, const Snapshot& after) const {
    for (const JobId& id : answer.ids) {
        const Job* job = after.find(id);
        if (job == nullptr || job->state != JobState::waiting)
            return "I10: " + id + " was put back and does not wait";
        if (job->stalled_counter > 1 && job->deferred_failure.empty())
            return "I10: " + id + " may stall for ever";
    }
    return "";
}

void Invariants::learn(const Step& step, const Answer& answer) {
    const auto delay_until = [&](const JobId& id, Timestamp due) { due_[{step.queue, id}] = due; };
    for (const contract::TakenJob& job : answer.taken)
        holder_[{step.queue, job.id}] = step.call.token;
    for (std::size_t i = 0; i < answer.added.size(); ++i)
        if (!answer.added[i].existed)
            delay_until(answer.added[i].id, step.now + step.add.jobs[i].delay);
    for (std::size_t i = 0; i < answer.finished.size(); ++i)
        if (answer.finished[i] && step.call.outcomes[i].kind == contract::Outcome::Kind::retry)
            delay_until(step.call.outcomes[i].id, step.now + step.call.outcomes[i].delay);
    if (step.operation.kind == Kind::change_delay && answer.text == "done")
        delay_until(step.operation.id, step.now + step.operation.time);
}

}  // namespace toril::model

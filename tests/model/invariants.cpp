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

// An add takes the place of a delayed one with its deduplication id, an upsert that of a run.
bool removes(Kind kind) {
    return kind == Kind::call || kind == Kind::remove || kind == Kind::drain ||
           kind == Kind::clean || kind == Kind::obliterate || kind == Kind::add ||
           kind == Kind::remove_unprocessed || kind == Kind::upsert_scheduler ||
           kind == Kind::remove_scheduler;
}

// Jobs that nobody added in this step: a scheduler's run, and what was kept until a run was over.
bool comes_by_itself(Kind kind, const Job& job) {
    if (!job.repeat_job_key.empty())
        return kind == Kind::upsert_scheduler || kind == Kind::continue_scheduler;
    return (kind == Kind::call || kind == Kind::cancel) && !job.deduplication_id.empty();
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
    if (step.operation.kind == Kind::cancel) cancelled_.insert(step.operation.id);
    std::string broken = check_homes(after);
    if (broken.empty()) broken = check_conservation(step, answer, before, after);
    if (broken.empty() && step.operation.kind == Kind::call)
        broken = check_take(step, answer, before);
    if (broken.empty() && step.operation.kind == Kind::call)
        broken = check_outcomes(step, answer, before, after);
    if (broken.empty() && step.operation.kind == Kind::recover_stalled)
        broken = check_recovery(answer, after);
    if (broken.empty()) broken = check_schedulers(step, after);
    if (broken.empty()) broken = check_events(after);
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
            if (job.attempts_made > job.attempts_started && !cancelled_.contains(job.id))
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
    for (std::size_t i = 0; i < answer.added.size(); ++i) {
        const contract::Added& each = answer.added[i];
        const bool elsewhere =
            step.operation.kind == Kind::add_flow && step.flow.nodes[i].queue != step.queue;
        if (!each.existed && !each.deduplicated && !elsewhere) added.insert(each.id);
    }
    for (const JobId& id : is)
        if (!was.contains(id) && !added.contains(id) &&
            !comes_by_itself(step.operation.kind, *after.find(id)))
            return "I3: " + id + " came from nowhere";
    for (const JobId& id : added)
        // Within one batch a later job may take the place of an earlier one.
        if (!is.contains(id) && step.operation.jobs.size() == 1)
            return "I3: " + id + " was added and is not there";
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
        const auto due = due_.find({step.queue, job.id});
        if (due != due_.end() && due->second > step.now)
            return "I7: " + job.id + " started too early";
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
        // Runs of schedulers are not failed for it.
        if (job->stalled_counter > 1 && job->deferred_failure.empty() &&
            job->repeat_job_key.empty())
            return "I10: " + id + " may stall for ever";
    }
    return "";
}

// I18: one run of a scheduler waits for its time.
std::string Invariants::check_schedulers(const Step& step, const Snapshot& after) const {
    if (step.operation.kind == Kind::call) return "";  // by then its scheduler may be gone
    for (const contract::Scheduler& scheduler : after.schedulers) {
        std::size_t pending = 0;
        for (const Job& job : after.pages.at(JobState::delayed))
            pending += job.repeat_job_key == scheduler.id && job.attempts_started == 0;
        if (pending > 1)
            return "I18: scheduler " + scheduler.id + " has " + std::to_string(pending) + " runs";
    }
    return "";
}

// I17: what waited for its children is let go once.
std::string Invariants::check_events(const Snapshot& after) const {
    for (const auto& [id, lines] : after.events) {
        std::size_t released = 0;
        for (const std::string& line : lines) {
            released += line.ends_with(" prev=waiting-children") && line.starts_with("waiting ");
            if (line.starts_with("waiting-children ")) released = 0;
        }
        if (released > 1) return "I17: " + id + " was released twice";
    }
    return "";
}

// I14 one parent, I15 nobody waits for nothing.
std::string Invariants::check_flows(const std::map<std::string, Snapshot>& after) {
    std::map<std::string, std::string> parents;
    for (const auto& [queue, snapshot] : after)
        for (const auto& [id, children] : snapshot.children) {
            for (const contract::Dependency& each : children.each)
                if (each.state == contract::Dependency::State::unprocessed &&
                    !parents.emplace(each.key, id).second)
                    return "I14: " + each.key + " is waited for by two";
            const Job* job = snapshot.find(id);
            if (job != nullptr && job->state == JobState::waiting_children &&
                children.counts.unprocessed == 0)
                return "I15: " + id + " waits for no child";
        }
    return "";
}

void Invariants::learn(const Step& step, const Answer& answer) {
    using Outcome = contract::Outcome::Kind;
    const auto delay_until = [&](const JobId& id, Timestamp due) { due_[{step.queue, id}] = due; };
    for (const contract::TakenJob& job : answer.taken)
        holder_[{step.queue, job.id}] = step.call.token;
    for (std::size_t i = 0; i < answer.added.size(); ++i) {
        const contract::Added& added = answer.added[i];
        if (step.operation.kind == Kind::add_flow)
            due_.erase({step.flow.nodes[i].queue, added.id});
        else if (added.deduplicated)
            due_.erase({step.queue, added.id});  // it may have been given another time
        else if (!added.existed)
            delay_until(added.id, step.now + step.add.jobs[i].delay);
    }
    for (std::size_t i = 0; i < answer.finished.size(); ++i) {
        const contract::Outcome& outcome = step.call.outcomes[i];
        if (answer.finished[i] &&
            (outcome.kind == Outcome::retry || outcome.kind == Outcome::postpone))
            delay_until(outcome.id, step.now + outcome.delay);
    }
    if (step.operation.kind == Kind::change_delay && answer.text == "done")
        delay_until(step.operation.id, step.now + step.operation.time);
}

}  // namespace toril::model

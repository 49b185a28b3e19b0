// Moves within one queue that operations, and jobs of other queues, are made of.

#include "backend/memory/families.hpp"

namespace toril::memory {
namespace {

std::string ms_text(Timestamp time) {
    return std::to_string(time.time_since_epoch().count());
}

}  // namespace

void MemoryQueue::emit(std::string name, EventLog::Fields fields) {
    events_.append(all_->time(), std::move(name), std::move(fields));
    all_->touch(*this);
}

// Among those that it waits with. There is no front among equals of one priority.
void MemoryQueue::enqueue(JobRecord& job, Side side) {
    if (job.spec.priority > 0)
        homes_.to_prioritized(job);
    else if (side == Side::front)
        homes_.to_front(job, JobState::waiting);
    else
        homes_.to_end(job, JobState::waiting);
}

void MemoryQueue::wait_again(JobRecord& job, JobState from, Side side) {
    enqueue(job, side);
    emit("waiting", {{"jobId", job.id}, {"prev", place_name(from)}});
}

void MemoryQueue::delay(JobRecord& job, Timestamp from, Millis by) {
    const Timestamp due = from + std::max(by, Millis{0});
    homes_.to_delayed(job, due);
    emit("delayed", {{"jobId", job.id}, {"delay", ms_text(due)}});
}

// ---- parents --------------------------------------------------------------------------------

void MemoryQueue::let_parent_run(JobRecord& parent, Timestamp now) {
    if (parent.spec.delay <= Millis{0}) {
        wait_again(parent, JobState::waiting_children, Side::front);
        return;
    }
    const Timestamp due = now + parent.spec.delay;
    homes_.to_delayed_as_first(parent, due);
    emit("delayed", {{"jobId", parent.id}, {"delay", ms_text(due)}});
}

void MemoryQueue::let_parent_fail(JobRecord& parent, std::string reason, Timestamp now) {
    if (parent.home == JobState::failed) return;
    parent.run.deferred_failure = std::move(reason);
    if (parent.home == JobState::delayed)
        parent.spec.delay = Millis{0};
    else if (parent.home != JobState::waiting_children)
        return;
    let_parent_run(parent, now);
}

// ---- going -----------------------------------------------------------------------------------

void MemoryQueue::discard(JobRecord& job, Timestamp now) {
    leave_parent(key_of(job), parent_of(job), Leaving::hard, now);
    remove_record(job, now);
}

JobState MemoryQueue::remove_record(JobRecord& job, Timestamp now) {
    const JobState was = job.home;
    if (!job.links.deduplication_id.empty())
        deduplications_.owner_removed(job.links.deduplication_id, job.id, now);
    if (was == JobState::active && settings_.concurrency) ++signs_.openings;
    erase(job);
    all_->touch(*this);
    return was;
}

void MemoryQueue::erase(JobRecord& job) {
    homes_.take_out(job);
    jobs_.records.erase(jobs_.records.find(job.id));
}

}  // namespace toril::memory

// Adding jobs to one queue (bullmq-wire 3.2).

#include "backend/memory/families.hpp"

namespace toril::memory {

std::vector<Result<contract::Added>> MemoryQueue::add(const contract::AddParams& params,
                                                      Timestamp now) {
    const Repeats::AddCall call{
        params.repeat_token, params.repeat_sequence, params.repeat_lifetime};
    if (const auto* first_answer = repeats_.find(call)) return *first_answer;
    std::vector<Result<contract::Added>> added;
    added.reserve(params.jobs.size());
    for (const contract::AddJob& job : params.jobs)
        added.push_back(add_one(job, now, ParentsRun::at_once));
    repeats_.keep(call, added, now);
    return added;
}

// Ids have gaps, as BullMQ's do: a job that brings its own id counts too.
Result<contract::Added> MemoryQueue::add_one(const contract::AddJob& added,
                                             Timestamp now,
                                             ParentsRun when) {
    JobRecord* parent = nullptr;
    if (added.parent) {
        parent = all_->find({added.parent->queue, added.parent->id});
        if (parent == nullptr)
            return Error(ErrorCode::not_found,
                         "there is no parent \"" + added.parent->id + "\" in \"" +
                             added.parent->queue + "\"");
    }
    settings_.exists = true;
    ++jobs_.id_counter;
    JobId id = added.id.empty() ? std::to_string(jobs_.id_counter) : added.id;
    if (JobRecord* job = find(id)) return add_again(*job, added, now, when);
    if (added.deduplication)
        if (auto owner = deduplicate(added, id, now))
            return contract::Added{.id = std::move(*owner), .deduplicated = true};

    JobRecord& job =
        store(added, std::move(id), added.timestamp == Timestamp{} ? now : added.timestamp);
    place(job, added, now);
    if (parent != nullptr) parent->links.children.unprocessed.insert(key_of(job));
    return contract::Added{.id = job.id};
}

JobRecord& MemoryQueue::store(const contract::AddJob& added, JobId id, Timestamp timestamp) {
    auto& record = jobs_.records[id];
    record = std::make_unique<JobRecord>();
    JobRecord& job = *record;
    job.id = std::move(id);
    job.queue = this;
    job.spec = {.name = added.name,
                .data = added.data,
                .opts = added.opts,
                .timestamp = timestamp,
                .delay = added.delay,
                .priority = added.priority};
    if (added.parent) job.links.parent = all_->parent(*added.parent);
    if (added.deduplication) job.links.deduplication_id = added.deduplication->id;
    job.links.scheduler = added.repeat_job_key;
    emit("added", {{"jobId", job.id}, {"name", job.spec.name}});
    return job;
}

void MemoryQueue::place(JobRecord& job, const contract::AddJob& added, Timestamp now) {
    if (added.has_children) {
        homes_.to_waiting_children(job, job.spec.timestamp);
        emit("waiting-children", {{"jobId", job.id}});
    } else if (added.delay > Millis{0}) {
        delay(job, job.spec.timestamp, added.delay);
        if (due_at(job) <= now) ++signs_.openings;
    } else {
        enqueue(job, added.lifo ? Side::front : Side::end);
        emit("waiting", {{"jobId", job.id}});
    }
}

// The job stays as it is; but it may become the child of another parent, or of a first one.
Result<contract::Added> MemoryQueue::add_again(JobRecord& job,
                                               const contract::AddJob& added,
                                               Timestamp now,
                                               ParentsRun when) {
    if (added.parent) {
        const JobKey wanted{added.parent->queue, added.parent->id};
        const JobRecord* living = parent_of(job);
        if (living != nullptr && job.links.parent->key != wanted)
            return Error(ErrorCode::wrong_state,
                         "job \"" + job.id + "\" of \"" + name_ + "\" has a parent already, \"" +
                             living->id + "\" of \"" + living->queue->name() + "\"");
        JobRecord& parent = *all_->find(wanted);
        if (job.home == JobState::completed) {
            parent.links.children.processed[key_of(job)] = job.run.return_value.value_or("null");
            if (when == ParentsRun::at_once) release_if_done(parent, now);
        } else {
            parent.links.children.unprocessed.insert(key_of(job));
        }
        job.links.parent = all_->parent(*added.parent);
    }
    emit("duplicated", {{"jobId", job.id}});
    return contract::Added{.id = job.id, .existed = true};
}

}  // namespace toril::memory

// Adds that mean the same as an earlier one (bullmq-wire 3.2.6).

#include "backend/memory/families.hpp"

namespace toril::memory {

JobId MemoryQueue::deduplication_holder(const std::string& id, Timestamp now) const {
    const Deduplications::Hold* hold = deduplications_.find(id, now);
    return hold == nullptr ? JobId() : hold->owner;
}

bool MemoryQueue::remove_deduplication(const std::string& id,
                                       const JobId& only_for,
                                       Timestamp now) {
    return deduplications_.remove(id, only_for, now);
}

// Answers who stands for the new job; empty: nobody, and it is to be added.
std::optional<JobId> MemoryQueue::deduplicate(const contract::AddJob& added,
                                              const JobId& id,
                                              Timestamp now) {
    const Deduplication& rule = *added.deduplication;
    const Deduplications::Hold* hold = deduplications_.find(rule.id, now);
    if (hold == nullptr) {
        deduplications_.give(rule, id, now);
        return std::nullopt;
    }
    const JobId owner_id = hold->owner;
    JobRecord* owner = find(owner_id);
    const bool is_delayed = owner != nullptr && owner->home == JobState::delayed;
    const bool replaces = rule.replace && !added.has_children;
    if (replaces && is_delayed) {
        replace_owner(added, *owner, id, now);
        return std::nullopt;
    }
    if (owner == nullptr && !hold->ends_at) {
        // Its owner would have freed it, and is gone: it would be held for ever.
        deduplications_.forget_next(rule.id);
        deduplications_.give(rule, id, now);
        return std::nullopt;
    }
    const auto tell = [&] {
        emit("deduplicated",
             {{"jobId", owner_id}, {"deduplicationId", rule.id}, {"deduplicatedJobId", id}});
    };
    if (rule.keep_last_if_active && owner != nullptr && owner->home == JobState::active) {
        contract::AddJob next = added;
        next.id = id;
        deduplications_.keep_next(rule.id, std::move(next));
        tell();
        return owner_id;
    }
    if (replaces) return owner_id;
    if (rule.extend && rule.ttl > Millis{0}) deduplications_.give(rule, owner_id, now);
    tell();
    if (rule.reschedule && !rule.replace && is_delayed) reschedule(*owner, added, now);
    return owner_id;
}

// A window with an end goes on as it is, unless each add begins it anew.
void MemoryQueue::replace_owner(const contract::AddJob& added,
                                JobRecord& owner,
                                const JobId& id,
                                Timestamp now) {
    const Deduplication& rule = *added.deduplication;
    const JobId owner_id = owner.id;
    erase(owner);
    emit("removed", {{"jobId", owner_id}, {"prev", "delayed"}});
    emit("deduplicated",
         {{"jobId", id}, {"deduplicationId", rule.id}, {"deduplicatedJobId", owner_id}});
    deduplications_.forget_next(rule.id);
    if (rule.ttl > Millis{0} && !rule.extend && !rule.keep_last_if_active)
        deduplications_.pass_on(rule.id, id);
    else
        deduplications_.give(rule, id, now);
}

void MemoryQueue::reschedule(JobRecord& owner, const contract::AddJob& added, Timestamp now) {
    owner.spec.delay = added.delay;
    delay(owner, added.timestamp == Timestamp{} ? now : added.timestamp, added.delay);
    if (due_at(owner) <= now) ++signs_.openings;
}

// The last job that came while the holder ran takes its place when it is finished.
void MemoryQueue::add_next(const std::string& deduplication_id, Timestamp now) {
    const std::optional<contract::AddJob> next = deduplications_.take_next(deduplication_id);
    if (!next) return;
    ++jobs_.id_counter;
    if (find(next->id) != nullptr) return;  // added meanwhile, by its own id
    deduplications_.give(*next->deduplication, next->id, now);
    JobRecord& job = store(*next, next->id, now);
    place(job, *next, now);
    JobRecord* parent = parent_of(job);
    if (parent != nullptr) parent->links.children.unprocessed.insert(key_of(job));
}

}  // namespace toril::memory

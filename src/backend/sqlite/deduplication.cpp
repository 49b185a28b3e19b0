#include "backend/sqlite/deduplication.hpp"

#include "backend/sqlite/adding.hpp"
#include "backend/sqlite/operations.hpp"

#include <algorithm>

namespace toril::sqlite {
namespace {

using Holder = DeduplicationTable::Holder;

// One add that may be one too many.
struct Claim {
    Session& session;
    QueueRow& queue;
    const contract::AddJob& job;
    const Arrival& arrival;
    std::int64_t now_ms = 0;

    const Deduplication& rule() const { return *job.deduplication; }

    void give_to(const JobId& holder) const {
        const bool for_a_time = rule().ttl > Millis{0} && !rule().keep_last_if_active;
        session.deduplication.put(
            queue.id, rule().id, {holder, for_a_time ? now_ms + rule().ttl.count() : 0});
    }
    void tell(const JobId& kept, const JobId& dropped) const {
        session.events.emit(
            queue,
            "deduplicated",
            {{"jobId", kept}, {"deduplicationId", rule().id}, {"deduplicatedJobId", dropped}});
    }
};

// The holder was still delayed: the new job takes its place.
void replace(const Claim& claim, const JobHead& owner, const Holder& holder) {
    Session& session = claim.session;
    session.lines.take_out(claim.queue, owner);
    session.jobs.erase(owner);
    session.events.removed(claim.queue, owner.id, list_name(JobState::delayed));
    claim.tell(claim.arrival.id, owner.id);
    session.deduplication.erase_next(claim.queue.id, claim.rule().id);
    const Deduplication& rule = claim.rule();
    if (rule.extend || rule.ttl <= Millis{0} || rule.keep_last_if_active)
        claim.give_to(claim.arrival.id);
    else
        session.deduplication.put(
            claim.queue.id, rule.id, {claim.arrival.id, holder.expires_at_ms});
}

// The holder runs: the new job is added when it has ended, unless a newer one comes.
void stash(const Claim& claim, const JobHead& owner) {
    contract::AddJob next = claim.job;
    next.parent.reset();
    const std::int64_t number = claim.job.id.empty() ? number_of(claim.arrival.key) : 0;
    claim.session.deduplication.put_next(
        claim.queue.id, claim.rule().id, {std::move(next), number});
    claim.session.deduplication.put(claim.queue.id, claim.rule().id, {owner.id, 0});
    claim.tell(owner.id, claim.arrival.id);
}

// The holder keeps its data, and gets the new job's delay.
void reschedule(const Claim& claim, const JobHead& owner) {
    Session& session = claim.session;
    const Millis delay = std::max(Millis{0}, claim.job.delay);
    session.lines.take_out(claim.queue, owner);
    const Place to = session.lines.to_delayed(
        claim.queue, owner.key, owner.id, claim.arrival.timestamp_ms + delay.count());
    session.jobs.delayed_anew(owner.key, to, delay);
    session.events.delayed(claim.queue, owner.id, to.rank);
}

}  // namespace

std::optional<JobId> claim_deduplication(Session& session,
                                         QueueRow& queue,
                                         const contract::AddJob& job,
                                         const Arrival& arrival,
                                         std::int64_t now_ms) {
    const Claim claim{session, queue, job, arrival, now_ms};
    const Deduplication& rule = claim.rule();
    const auto holder = session.deduplication.holder(queue.id, rule.id, now_ms);
    if (!holder) {
        session.deduplication.erase_expired(now_ms);
        claim.give_to(arrival.id);
        return std::nullopt;
    }
    const auto owner_key = session.jobs.find(queue.id, holder->job);
    const auto owner = owner_key ? session.jobs.head(*owner_key) : std::nullopt;
    const bool delayed = owner && owner->state() == JobState::delayed;
    const bool replaces = rule.replace && !job.has_children;
    if (replaces && delayed) {
        replace(claim, *owner, *holder);
        return std::nullopt;
    }
    if (!owner && holder->expires_at_ms == 0) {
        // Nobody would ever free it: its job is gone.
        session.deduplication.erase_next(queue.id, rule.id);
        claim.give_to(arrival.id);
        return std::nullopt;
    }
    if (rule.keep_last_if_active && owner && owner->lease) {
        stash(claim, *owner);
        return holder->job;
    }
    if (replaces) return holder->job;
    if (rule.extend && rule.ttl > Millis{0}) claim.give_to(holder->job);
    claim.tell(holder->job, arrival.id);
    if (rule.reschedule && delayed) reschedule(claim, *owner);
    return holder->job;
}

void end_deduplication(Session& session, QueueRow& queue, const JobHead& job, std::int64_t now_ms) {
    const std::string id = session.jobs.links(job).deduplication_id;
    if (id.empty()) return;
    const auto holder = session.deduplication.holder(queue.id, id, now_ms);
    if (holder && holder->expires_at_ms == 0 && holder->job == job.id)
        session.deduplication.erase(queue.id, id);
    auto next = session.deduplication.next(queue.id, id);
    if (!next) return;
    session.deduplication.erase_next(queue.id, id);
    const std::int64_t number = ++queue.job_number;
    const JobId new_id = next->job.id.empty() ? std::to_string(next->number) : next->job.id;
    // Somebody may have added that very id meanwhile: then it is there.
    if (session.jobs.find(queue.id, new_id)) return;
    next->job.deduplication = Deduplication{.id = id, .keep_last_if_active = true};
    session.deduplication.put(queue.id, id, {new_id, 0});
    const std::int64_t key = job_key(queue.id, next->job.id.empty() ? next->number : number);
    admit(session, queue, next->job, {key, new_id, now_ms});
}

void drop_deduplication(Session& session,
                        const QueueRow& queue,
                        const JobHead& job,
                        std::int64_t now_ms) {
    const std::string id = session.jobs.links(job).deduplication_id;
    if (id.empty()) return;
    const auto holder = session.deduplication.holder(queue.id, id, now_ms);
    if (!holder || holder->job != job.id) return;
    session.deduplication.erase(queue.id, id);
    session.deduplication.erase_next(queue.id, id);
}

JobId deduplication_holder(Session& session, std::string_view queue, std::string_view id) {
    const QueueRow* row = session.queues.find(queue);
    if (row == nullptr) return {};
    const auto holder = session.deduplication.holder(row->id, id, session.ms({}));
    return holder ? holder->job : JobId{};
}

bool remove_deduplication(Session& session,
                          std::string_view queue,
                          std::string_view id,
                          std::string_view only_for) {
    const QueueRow* row = session.queues.find(queue);
    if (row == nullptr) return false;
    const auto holder = session.deduplication.holder(row->id, id, session.ms({}));
    if (!holder || (!only_for.empty() && holder->job != only_for)) return false;
    session.deduplication.erase(row->id, id);
    return true;
}

}  // namespace toril::sqlite

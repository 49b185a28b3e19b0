// A job is added.

#include "backend/sqlite/adding.hpp"

#include "backend/sqlite/operations.hpp"
#include "backend/sqlite/parents.hpp"
#include "base/parent.hpp"

#include <algorithm>

namespace toril::sqlite {
namespace {

using contract::ParentLink;
using Child = contract::Dependency::State;

Place place_new(Session& session,
                QueueRow& queue,
                const contract::AddJob& job,
                const Arrival& arrival) {
    if (job.has_children)
        return session.lines.to_waiting_children(
            queue, arrival.key, arrival.id, arrival.timestamp_ms);
    if (job.delay > Millis{0})
        return session.lines.to_delayed(
            queue, arrival.key, arrival.id, arrival.timestamp_ms + job.delay.count());
    if (job.priority <= 0 && job.lifo) return session.lines.to_front(queue, arrival.key);
    return session.lines.to_end(queue, arrival.key, std::max(0, job.priority));
}

Error no_parent(const ParentLink& parent) {
    return {ErrorCode::not_found,
            "the parent job \"" + parent.id + "\" of \"" + parent.queue + "\" does not exist"};
}

void adopt(Session& session,
           const ParentLink& link,
           const Session::Found& parent,
           HeldParents* held) {
    session.jobs.mark_as_parent(*parent.job);
    session.queues.touch(*parent.queue);
    if (held == nullptr) return;
    const auto same = [&](const ParentLink& other) {
        return other.queue == link.queue && other.id == link.id;
    };
    // The latest is the likeliest: children of one parent come together.
    if (std::find_if(held->rbegin(), held->rend(), same) == held->rend()) held->push_back(link);
}

// The job is there already: all that can become of this add is a new parent for it.
Result<contract::Added> meet_again(Session& session,
                                   QueueRow& queue,
                                   const contract::AddJob& job,
                                   std::int64_t key,
                                   std::int64_t now_ms,
                                   HeldParents* held) {
    const auto head = session.jobs.head(key);
    if (!head) return contract::Added{.id = job.id, .existed = true};
    if (!may_adopt(session, session.jobs.links(*head).parent, job.parent))
        return Error(ErrorCode::wrong_state,
                     "job \"" + job.id + "\" of \"" + queue.name +
                         "\" exists, and another job waits for it");
    if (job.parent) {
        const Session::Found parent = find_parent(session, *job.parent);
        adopt(session, *job.parent, parent, held);
        const ChildName name{queue.name, head->id};
        const std::int64_t parent_key = parent.job->key;
        if (head->state() == JobState::completed) {
            const std::string value = session.jobs.return_value(key);
            session.children.put(parent_key, Child::processed, name, value);
            if (held == nullptr) release_parent_if_done(session, parent, now_ms);
        } else {
            session.children.put(parent_key, Child::unprocessed, name);
        }
        session.jobs.set_parent(*head, job.parent);
    }
    session.events.emit(queue, "duplicated", {{"jobId", job.id}});
    return contract::Added{.id = job.id, .existed = true};
}

}  // namespace

bool may_adopt(Session& session,
               const std::optional<ParentLink>& own,
               const std::optional<ParentLink>& other) {
    if (!own || !other || (own->queue == other->queue && own->id == other->id)) return true;
    return !find_parent(session, *own).job;
}

void admit(Session& session, QueueRow& queue, const contract::AddJob& job, const Arrival& arrival) {
    const Place at = place_new(session, queue, job, arrival);
    session.jobs.insert(arrival.key, job, at, Timestamp(Millis(arrival.timestamp_ms)));
    session.events.added(queue, arrival.id, job.name);
    switch (at.list) {
        case List::waiting_children: session.events.waiting_children(queue, arrival.id); break;
        case List::delayed: session.events.delayed(queue, arrival.id, at.rank); break;
        default: session.events.waiting(queue, arrival.id); break;
    }
}

Result<contract::Added> add_one(Session& session,
                                QueueRow& queue,
                                const contract::AddJob& job,
                                std::int64_t now_ms,
                                HeldParents* held) {
    Session::Found parent;
    if (job.parent) {
        parent = find_parent(session, *job.parent);
        if (!parent.job) return no_parent(*job.parent);
    }
    // Ids have gaps, as BullMQ's do: a job that brings its own id counts too.
    const std::int64_t key = job_key(queue.id, ++queue.job_number);
    session.queues.touch(queue);
    if (!job.id.empty())
        if (const auto there = session.jobs.find(queue.id, job.id))
            return meet_again(session, queue, job, *there, now_ms, held);
    Arrival arrival{key, job.id.empty() ? number_text(key) : job.id, now_ms};
    if (job.timestamp != Timestamp{})
        arrival.timestamp_ms = job.timestamp.time_since_epoch().count();
    if (job.deduplication)
        if (auto holder = claim_deduplication(session, queue, job, arrival, now_ms))
            return contract::Added{.id = std::move(*holder), .deduplicated = true};
    admit(session, queue, job, arrival);
    if (job.parent) {
        session.children.put(parent.job->key, Child::unprocessed, {queue.name, arrival.id});
        adopt(session, *job.parent, parent, held);
    }
    return contract::Added{.id = std::move(arrival.id)};
}

std::vector<Result<contract::Added>> add(Session& session, const contract::AddParams& params) {
    const AddCall call{
        params.queue, params.repeat_token, params.repeat_sequence, params.repeat_lifetime};
    if (auto first = session.records.find_add(call)) return *first;
    std::vector<Result<contract::Added>> added;
    added.reserve(params.jobs.size());
    const std::int64_t now_ms = session.ms(params.now);
    QueueRow* queue = session.queues.find(params.queue);
    for (const contract::AddJob& job : params.jobs) {
        if (queue == nullptr) {
            // One that is refused makes no queue.
            if (job.parent && !find_parent(session, *job.parent).job) {
                added.emplace_back(no_parent(*job.parent));
                continue;
            }
            queue = session.queues.find_or_make(params.queue);
            if (queue == nullptr) return added;  // the database failed, and says so
        }
        added.push_back(add_one(session, *queue, job, now_ms));
    }
    session.records.keep_add(call, added, now_ms);
    return added;
}

}  // namespace toril::sqlite

#include "backend/sqlite/parents.hpp"

#include "backend/sqlite/deduplication.hpp"
#include "backend/sqlite/operations.hpp"
#include "base/parent.hpp"

#include <optional>
#include <string>
#include <utility>

namespace toril::sqlite {
namespace {

using Child = contract::Dependency::State;

// Out of the delayed ones too, for one that fails early.
void run_parent(Session& session,
                QueueRow& queue,
                const JobHead& parent,
                std::int64_t delay_ms,
                std::int64_t now_ms) {
    session.lines.take_out(queue, parent);
    if (delay_ms > 0) {
        const Place to =
            session.lines.to_delayed_by_id(queue, parent.key, parent.id, now_ms + delay_ms);
        session.jobs.moved(parent.key, to);
        return session.events.delayed(queue, parent.id, to.rank);
    }
    const Place to = parent.priority > 0 ? session.lines.to_end(queue, parent.key, parent.priority)
                                         : session.lines.to_front(queue, parent.key);
    session.jobs.promoted(parent.key, to);
    session.events.waiting(queue, parent.id, to_string(JobState::waiting_children));
}

// It fails as soon as a worker takes it, which is at once if it waits.
void fail_parent(Session& session,
                 const Session::Found& parent,
                 const std::string& child_key,
                 std::int64_t now_ms) {
    const JobHead& job = *parent.job;
    const JobState state = job.state();
    if (state == JobState::failed) return;
    session.queues.touch(*parent.queue);
    session.jobs.defer_failure(job.key, base::child_failed_reason(child_key));
    if (state == JobState::waiting_children)
        run_parent(session, *parent.queue, job, job.delay_ms, now_ms);
    else if (state == JobState::delayed)
        run_parent(session, *parent.queue, job, 0, now_ms);
}

void run_without_children(Session& session, const Session::Found& parent, bool tell) {
    session.lines.take_out(*parent.queue, *parent.job);
    session.jobs.moved(parent.job->key, session.lines.to_front(*parent.queue, parent.job->key));
    if (tell)
        session.events.waiting(
            *parent.queue, parent.job->id, to_string(JobState::waiting_children));
}

// A child leaves those that its parent waits for.
struct Taken {
    bool was_waited_for = false;
    std::optional<Session::Found> free{};  // the parent, when it waits and that was the last one
};

Taken take_from(Session& session, const ChildName& child, const contract::ParentLink& parent) {
    Session::Found found = find_parent(session, parent);
    if (!found.job || !session.children.take(found.job->key, Child::unprocessed, child)) return {};
    session.queues.touch(*found.queue);
    if (found.job->state() != JobState::waiting_children ||
        session.children.any(found.job->key, Child::unprocessed))
        return {.was_waited_for = true};
    return {.was_waited_for = true, .free = std::move(found)};
}

}  // namespace

Session::Found find_parent(Session& session, const contract::ParentLink& parent) {
    return session.find(parent.queue, parent.id);
}

void release_parent(Session& session, const Session::Found& parent, std::int64_t now_ms) {
    if (parent.job->state() == JobState::waiting_children)
        run_parent(session, *parent.queue, *parent.job, parent.job->delay_ms, now_ms);
}

void release_parent_if_done(Session& session, const Session::Found& parent, std::int64_t now_ms) {
    if (!session.children.any(parent.job->key, Child::unprocessed))
        release_parent(session, parent, now_ms);
}

void child_completed(Session& session,
                     const QueueRow& queue,
                     const JobHead& child,
                     std::string_view value,
                     std::int64_t now_ms) {
    const JobLinks links = session.jobs.links(child);
    if (!links.parent) return;
    const Session::Found parent = find_parent(session, *links.parent);
    const ChildName name{queue.name, child.id};
    if (!parent.job || !session.children.take(parent.job->key, Child::unprocessed, name)) return;
    session.children.put(parent.job->key, Child::processed, name, value);
    release_parent_if_done(session, parent, now_ms);
}

void child_failed(Session& session,
                  const QueueRow& queue,
                  const JobHead& child,
                  std::string_view reason,
                  std::int64_t now_ms) {
    const JobLinks links = session.jobs.links(child);
    if (!links.parent || links.parent->policy == ParentPolicy::none) return;
    const Session::Found parent = find_parent(session, *links.parent);
    const ChildName name{queue.name, child.id};
    if (!parent.job || !session.children.take(parent.job->key, Child::unprocessed, name)) return;
    switch (links.parent->policy) {
        case ParentPolicy::fail_parent:
            session.children.put(parent.job->key, Child::failed, name);
            fail_parent(session, parent, base::job_key(queue.prefix, queue.name, child.id), now_ms);
            break;
        case ParentPolicy::continue_parent:
            session.children.put(parent.job->key, Child::ignored, name, reason);
            release_parent(session, parent, now_ms);
            break;
        case ParentPolicy::ignore_dependency:
            session.children.put(parent.job->key, Child::ignored, name, reason);
            release_parent_if_done(session, parent, now_ms);
            break;
        default: release_parent_if_done(session, parent, now_ms); break;
    }
}

// A parent that has left its place goes on: it is only told that there is a child again.
void child_retried(Session& session, const QueueRow& queue, const JobHead& child) {
    const JobLinks links = session.jobs.links(child);
    if (!links.parent) return;
    const Session::Found parent = find_parent(session, *links.parent);
    if (!parent.job) return;
    const ChildName name{queue.name, child.id};
    const auto was = [&](Child state) {
        return session.children.take(parent.job->key, state, name);
    };
    const bool undone = child.state() == JobState::completed
                            ? was(Child::processed)
                            : was(Child::failed) || was(Child::ignored);
    if (undone) session.children.put(parent.job->key, Child::unprocessed, name);
}

bool detach(Session& session, const ChildName& child, const contract::ParentLink& parent) {
    const Taken taken = take_from(session, child, parent);
    if (taken.free) run_without_children(session, *taken.free, /*tell=*/true);
    return taken.was_waited_for;
}

void leave_parent(Session& session, const QueueRow& queue, const JobHead& child) {
    if (const auto parent = session.jobs.links(child).parent)
        detach(session, {queue.name, child.id}, *parent);
}

void remove_job(Session& session, QueueRow& queue, const JobHead& job) {
    std::optional<JobHead> next = job;
    while (next) {
        const JobHead gone = std::move(*next);
        next.reset();
        const auto parent = session.jobs.links(gone).parent;
        drop_deduplication(session, queue, gone, session.ms({}));
        erase_job(session, queue, gone);
        if (!parent) continue;
        const Taken taken = take_from(session, {queue.name, gone.id}, *parent);
        if (!taken.free) continue;
        if (taken.free->queue->id == queue.id)
            next = taken.free->job;
        else
            run_without_children(session, *taken.free, /*tell=*/false);
    }
}

bool has_pending_children(Session& session, const JobHead& job) {
    return job.has_children() && session.children.any(job.key, Child::unprocessed);
}

bool has_failed_children(Session& session, const JobHead& job) {
    return job.has_children() && session.children.any(job.key, Child::failed);
}

}  // namespace toril::sqlite

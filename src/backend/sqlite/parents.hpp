#pragma once

// What becomes of a parent when something becomes of its child: BullMQ's rules.
//
// A child names its parent (JobLinks), and a parent has a row in `child` for each of its children.
// A child that is not among its parent's unprocessed ones does nothing to it.

#include "backend/sqlite/session.hpp"

#include <optional>
#include <string_view>

namespace toril::sqlite {

/// The parent itself, if it is there.
Session::Found find_parent(Session& session, const contract::ParentLink& parent);

/// A parent that waits for its children goes where its delay and priority say, at the front.
/// Nothing, if it does not wait for them.
void release_parent(Session& session, const Session::Found& parent, std::int64_t now_ms);
/// The same, unless children are unprocessed.
void release_parent_if_done(Session& session, const Session::Found& parent, std::int64_t now_ms);

/// `value` is the return value's JSON.
void child_completed(Session& session,
                     const QueueRow& queue,
                     const JobHead& child,
                     std::string_view value,
                     std::int64_t now_ms);
void child_failed(Session& session,
                  const QueueRow& queue,
                  const JobHead& child,
                  std::string_view reason,
                  std::int64_t now_ms);
/// A finished child runs again: its parent has it to wait for, if it still waits.
void child_retried(Session& session, const QueueRow& queue, const JobHead& child);

/// A child is no longer waited for. A parent without others runs, before all that wait. Answers
/// whether it was waited for.
bool detach(Session& session, const ChildName& child, const contract::ParentLink& parent);
/// The same for a job that is removed, by its own link.
void leave_parent(Session& session, const QueueRow& queue, const JobHead& child);

/// Removes a job, with its deduplication id. A parent of the same queue that waited for it alone
/// goes too, and so on; one of another queue runs.
void remove_job(Session& session, QueueRow& queue, const JobHead& job);

/// Whether a job has children that it waits for, or would.
bool has_pending_children(Session& session, const JobHead& job);
/// Whether it has children with which it is to fail.
bool has_failed_children(Session& session, const JobHead& job);

}  // namespace toril::sqlite

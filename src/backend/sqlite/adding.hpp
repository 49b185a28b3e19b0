#pragma once

// How a job comes into a queue, for all who add some.

#include "backend/sqlite/deduplication.hpp"
#include "backend/sqlite/session.hpp"
#include "contract/job_store.hpp"

#include <vector>

namespace toril::sqlite {

/// Parents of a flow that is being added: they go on, if they can, when all of it is there.
using HeldParents = std::vector<contract::ParentLink>;

/// Adds one. Errors: `not_found` when its parent is not there, `wrong_state` when it exists and
/// has another living parent; nothing was changed then. `held` null: not in a flow.
Result<contract::Added> add_one(Session& session,
                                QueueRow& queue,
                                const contract::AddJob& job,
                                std::int64_t now_ms,
                                HeldParents* held = nullptr);

/// Writes a job that nothing speaks against, with its events.
void admit(Session& session, QueueRow& queue, const contract::AddJob& job, const Arrival& arrival);

/// Whether a job that exists, with this parent of its own, may be given to another.
bool may_adopt(Session& session,
               const std::optional<contract::ParentLink>& own,
               const std::optional<contract::ParentLink>& other);

}  // namespace toril::sqlite

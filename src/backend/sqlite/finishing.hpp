#pragma once

// How runs of jobs end.

#include "backend/sqlite/session.hpp"
#include "contract/job_store.hpp"

namespace toril::sqlite {

/// One run. Errors, with nothing changed: see contract::FinishedAndTaken::finished.
Status finish(Session& session,
              QueueRow& queue,
              const contract::Outcome& outcome,
              std::int64_t now_ms);

}  // namespace toril::sqlite

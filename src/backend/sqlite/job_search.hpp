#pragma once

// Jobs by what they are like, a bounded step at a time.
//
// States are looked for where such jobs are (`place`, `lease`), so that the few failed ones among
// a million are found by looking at few. Without states all jobs of the queue are gone through
// by key. There is no index on names: each add and each removal would write one more page.

#include "backend/sqlite/session.hpp"
#include "contract/job_store.hpp"

namespace toril::sqlite {

/// Errors: `invalid_argument` for a cursor that is none of ours.
Result<contract::Found> find_jobs(Session& session, const contract::FindParams& params);

}  // namespace toril::sqlite

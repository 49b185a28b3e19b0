#pragma once

// A flow as the store has it.

#include "contract/job_store.hpp"
#include "queue/asker.hpp"

#include <toril/flow.hpp>
#include <toril/result.hpp>

namespace toril::flow {

/// Jobs that one reading looks at. Whatever its options allow: what is left is counted.
inline constexpr std::size_t tree_jobs_max = flow_jobs_max;

/// Errors: `invalid_argument` for names, and for options below 0; `not_found`.
Result<FlowTree> read_tree(const queue::Asker& asker,
                           const contract::JobRef& root,
                           const FlowTreeOptions& options);

}  // namespace toril::flow

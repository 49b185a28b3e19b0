#pragma once

// What a job waits for: its children, and whether one of them can no longer finish by itself.

#include "contract/job_store.hpp"
#include "queue/asker.hpp"

#include <toril/job.hpp>
#include <toril/result.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace toril::queue {

/// Calls back for each child in this state, once, until the callback answers false.
/// Errors: `not_found` when there is no such job.
Status for_each_child(const Asker& asker,
                      const contract::JobRef& parent,
                      contract::Dependency::State state,
                      const std::function<bool(contract::Dependency)>& callback);

/// Whether a dependency's job is in this store's own prefix, so that it can be looked up.
bool is_ours(const contract::Dependency& child);

// Why a child keeps its parent waiting for ever, and what would help.
/// By its own state; empty: it can go on, or has to be asked what it waits for itself.
std::string why_stuck(const Job& child);
std::string why_stuck_gone(const std::string& queue, const JobId& id);
std::string why_stuck_below(const std::string& queue, const JobId& id, const std::string& why);
/// A job that waits for children, and has none left to wait for.
std::string why_stuck_alone();

struct WaitsFor {
    std::uint64_t children = 0;       // not finished
    std::vector<std::string> some{};  // the first of them: "mail:7 (active)"
    /// Not empty: one of them can no longer finish by itself. Which, why, and what would help.
    std::string stuck{};
};

/// Looks at the children of a job that waits for them, and at theirs; at some hundred in all.
/// A child in a paused queue, or in one without workers, is not stuck: it can go on.
Result<WaitsFor> look_at_children(const Asker& asker, const contract::JobRef& parent);

}  // namespace toril::queue

#pragma once

// A flow as one row of jobs, parents before their children: how a store adds it.

#include "contract/job_store.hpp"

#include <toril/flow.hpp>
#include <toril/result.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace toril::flow {

struct FlowNodes {
    std::vector<contract::AddFlowParams::Node> nodes{};
    std::vector<std::string> paths{};  // where each is in the flow: "children[2].children[0]"
};

/// Checks each job and gives those without an id one. `prefix`: of the store.
///
/// Errors: `invalid_argument` that names the job; `limit_reached`.
Result<FlowNodes> flow_nodes(const FlowJob& flow, std::string_view prefix);

/// What was added, in the shape of `flow`. REQUIRES: answers for each of its nodes.
FlowNode shaped(const FlowJob& flow, std::span<const contract::Added> added);

}  // namespace toril::flow

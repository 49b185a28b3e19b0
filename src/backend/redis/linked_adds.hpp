#pragma once

// The arguments and answers of adds that link jobs: add_linked.lua and add_flow.lua.

#include "backend/redis/script_args.hpp"
#include "contract/job_store.hpp"

#include <toril/redis/reply.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace toril::redis_store {

/// Whether any of these needs more than add.lua does.
bool are_linked(std::span<const contract::AddJob> jobs);

ScriptArgs encode_linked(const contract::AddParams& params,
                         std::span<const contract::AddJob> jobs,
                         std::string_view token,
                         std::string_view prefix);
std::vector<Result<contract::Added>> decode_linked(std::string_view queue,
                                                   std::span<const JobId> ids,
                                                   const redis::Value& reply);

ScriptArgs encode_flow(const contract::AddFlowParams& params, std::string_view prefix);
std::vector<Result<contract::Added>> decode_flow(std::span<const JobId> ids,
                                                 const redis::Value& reply);

/// Adds the keys that an error about a wrong type may be about, beside those of `queue`.
void append_keys(std::vector<std::string>& keys,
                 std::string_view prefix,
                 std::string_view queue,
                 const contract::AddJob& job);

}  // namespace toril::redis_store

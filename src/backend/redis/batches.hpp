#pragma once

// The arguments and answers of the two scripts on every job's way.

#include "backend/redis/script_args.hpp"
#include "contract/job_store.hpp"

#include <toril/redis/reply.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace toril::redis_store {

/// Jobs [from, end) of one call that go in one script: at most `batch_jobs_max`, and not more
/// bytes than a server takes without a pause that others notice.
std::size_t end_of_add_batch(std::span<const contract::AddJob> jobs, std::size_t from);

/// Where a job without children goes: s standard, l lifo, d delayed, p prioritized.
std::string_view kind_of(const contract::AddJob& job);

ScriptArgs encode_add(const contract::AddParams& params,
                      std::span<const contract::AddJob> jobs,
                      std::string_view token);
std::vector<Result<contract::Added>> decode_added(std::span<const JobId> ids,
                                                  const redis::Value& reply);

/// `lane`: the worker's id and lane, and the part of the call that this is.
ScriptArgs encode_finish_and_take(const contract::FinishAndTakeParams& params,
                                  std::span<const contract::Outcome> outcomes,
                                  std::size_t take,
                                  const std::string& lane);

/// Adds what the reply says to `answer`: `ids` are those of its outcomes.
void decode_finished(std::string_view queue,
                     std::span<const JobId> ids,
                     const redis::Value& reply,
                     contract::FinishedAndTaken& answer);

/// The Error of a script's code (see finish_and_take.lua and the other scripts).
Error error_of_code(std::int64_t code, std::string_view queue, std::string_view id);

}  // namespace toril::redis_store

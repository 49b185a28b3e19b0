#pragma once

// What examine.lua found, in words.

#include <toril/doctor.hpp>
#include <toril/redis/reply.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace toril::redis_store {

/// One row of examine.lua. Empty: a code that is not known.
std::optional<Finding> queue_finding(const std::string& queue, const redis::Value& row);

/// Jobs that no list holds, and deduplication ids of jobs that are gone: examine_ids.lua.
Finding orphan_finding(const std::string& queue, std::int64_t jobs, std::string_view one);
Finding stale_deduplication_finding(const std::string& queue,
                                    std::int64_t ids,
                                    std::string_view one);

/// Whether `prefix:queue:<suffix>` may be a job's record, or a deduplication id.
bool may_be_lost(std::string_view suffix);

}  // namespace toril::redis_store

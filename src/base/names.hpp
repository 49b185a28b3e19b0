#pragma once

// Which names and ids are accepted. A queue and its jobs share one Redis key space,
// `prefix:queue:<suffix>`, so an id that spells one of the queue's own suffixes would
// overwrite the queue (BullMQ 5 and 6 accept such ids, and the queue is bricked).

#include <toril/result.hpp>

#include <string_view>

namespace toril::base {

Status check_queue_name(std::string_view name);
Status check_job_name(std::string_view name);

/// An id for a new job: see JobOptions::id.
Status check_new_job_id(std::string_view id);

/// An id to look up. Wider than a new one: ids that BullMQ makes (integers, `repeat:x:123`)
/// and custom ids of its older versions exist. Never the name of one of the queue's own keys.
Status check_job_id(std::string_view id);

Status check_deduplication_id(std::string_view id);

Status check_prefix(std::string_view prefix);

/// Jobs of this name prove that a queue's workers get on. A worker completes them by itself.
inline constexpr std::string_view canary_job_name = "toril.canary";

}  // namespace toril::base

#pragma once

// From replies to jobs. What other clients wrote may be incomplete or damaged: that gives
// defaults, never a failure.

#include "contract/job_store.hpp"

#include <toril/job.hpp>
#include <toril/redis/reply.hpp>

#include <string>

namespace toril::redis_store {

Timestamp timestamp_of(std::int64_t millis);

/// Field and value in turn, a later one of a field being the right one; then the id.
contract::TakenJob decode_taken(const redis::Value& fields, Timestamp processed_on);

/// From `begin` on: field and value in turn. The state is not among them.
Job decode_job(std::string queue,
               JobId id,
               redis::Value::Iterator begin,
               redis::Value::Iterator end);

/// The suffix of the list or set that holds a state; `unknown` has none.
std::string_view suffix_of(JobState state) noexcept;

}  // namespace toril::redis_store

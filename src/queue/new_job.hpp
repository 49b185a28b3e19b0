#pragma once

// The door of a queue: what may be added, and how it looks to a store.

#include "contract/job_store.hpp"

#include <toril/job.hpp>
#include <toril/result.hpp>

#include <string_view>

namespace toril::queue {

/// Checks name, options and size, and encodes the options. One copy of `data` is made.
/// `prefix`: of the store.
///
/// Errors: `invalid_argument`, `limit_reached` for the payload.
Result<contract::AddJob> check_new_job(std::string_view name,
                                       const Json& data,
                                       const JobOptions& options,
                                       std::string_view prefix);

/// A payload against a limit in bytes; 0: `payload_bytes_default_max`.
Status check_payload(const Json& data, std::size_t bytes_max);

}  // namespace toril::queue

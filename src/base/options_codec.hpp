#pragma once

// Job options as BullMQ's JSON: what stores keep in a job's `opts`, and what users give to
// `toril add --jsonl`. Short keys are written, short and long ones are read.

#include <toril/job.hpp>
#include <toril/result.hpp>

#include <string>
#include <string_view>

namespace toril::base {

/// Options out of range, with the option's name in the message.
Status check_options(const JobOptions& options);

/// `prefix`: of the store, with which BullMQ names the parent's queue.
/// REQUIRES: check_options passed.
std::string encode_options(const JobOptions& options, std::string_view prefix);

/// As a scheduler keeps them for its jobs: what was not set is not in there.
/// REQUIRES: check_options passed.
std::string encode_template_options(const JobOptions& options);

/// What a store has, from any client and version: never fails. What is missing, damaged or of
/// another type gets its default; members unknown to us go to `other`. A parent's queue comes as
/// it is stored, with its prefix.
JobOptions decode_options(std::string_view json);

/// What a user wrote: an object with BullMQ's public names. Errors: `invalid_argument` that
/// names the member with the wrong type. Members unknown to us go to `other`. A parent's queue
/// comes as it was written, with a prefix or without.
Result<JobOptions> options_from_user(const Json& json);

}  // namespace toril::base

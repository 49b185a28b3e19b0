#pragma once

#include <toril/job.hpp>
#include <toril/result.hpp>

#include <string>

namespace toril::cli {

/// A state as BullMQ spells it. Errors: `invalid_argument` with the list of them.
Result<JobState> parse_state(const std::string& text);

}  // namespace toril::cli

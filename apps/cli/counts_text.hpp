#pragma once

#include <toril/job.hpp>

#include <string>

namespace toril::cli {

/// A line a state.
std::string counts_text(const JobCounts& counts);

}  // namespace toril::cli

#pragma once

#include <toril/json.hpp>
#include <toril/result.hpp>

#include <cstddef>
#include <string>

namespace toril::cli {

/// A job's data as the command line gives it: JSON, `@FILE`, or `-` for stdin.
///
/// Errors: `invalid_argument` when it is no JSON, cannot be read or is larger than `bytes_max`.
Result<Json> read_data(const std::string& argument, std::size_t bytes_max);

}  // namespace toril::cli

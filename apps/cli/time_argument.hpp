#pragma once

#include <toril/result.hpp>
#include <toril/time.hpp>

#include <string>
#include <string_view>

namespace toril::cli {

/// A time: milliseconds since 1970, or `2026-11-21T10:00:00Z`, or without its time of day.
/// Errors: `invalid_argument` that names `flag`.
Result<Timestamp> parse_time(std::string_view flag, std::string_view text);

/// A time to wait, for people: whole seconds, rounded up, above one.
std::string rough_duration(Millis duration);

}  // namespace toril::cli

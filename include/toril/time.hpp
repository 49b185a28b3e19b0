#pragma once

#include <chrono>

namespace toril {

/// Durations and times are whole milliseconds, as they are on the wire.
using Millis = std::chrono::milliseconds;

/// Milliseconds since 1970-01-01 UTC. The epoch itself means "none" or "not yet".
using Timestamp = std::chrono::time_point<std::chrono::system_clock, Millis>;

}  // namespace toril

#pragma once

// Which schedules are accepted, and when they run first.

#include <toril/result.hpp>
#include <toril/scheduler.hpp>
#include <toril/time.hpp>

#include <optional>
#include <string_view>

namespace toril::schedulers {

/// Not empty, at most `scheduler_id_bytes_max` bytes, no control characters and no ':', by which
/// BullMQ knows the keys of its old repeatable jobs.
Status check_scheduler_id(std::string_view id);

/// One of interval and pattern, a zone that there is, bounds that fit together and lie ahead.
Status check_repeat(const Repeat& repeat, Timestamp now);

/// When a pattern runs first: strictly after `now` and its start date, as in BullMQ, or now if it
/// is to begin at once. Empty: never, or not before its end.
/// REQUIRES: check_repeat passed; a pattern.
std::optional<Timestamp> first_run(const Repeat& repeat, Timestamp now);

}  // namespace toril::schedulers

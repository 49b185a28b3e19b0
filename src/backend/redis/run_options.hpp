#pragma once

// Options of a scheduler's run whose time only the script knows: JSON in which bytes that JSON
// never has stand for what it fills in (lib/schedule.lua).
//
//     byte 1   when the run is due, ms     in `jobId` and `prevMillis`
//     byte 2   the time now, ms            `timestamp`
//     byte 3   from now until it is due    `delay`
//     byte 4   all of `repeat`             only in those of a later run

#include <toril/scheduler.hpp>

#include <string>
#include <string_view>

namespace toril::redis_store {

/// Of a scheduler's first run, from the options of its template.
std::string first_run_options(std::string_view from,
                              std::string_view scheduler,
                              const Repeat& repeat);

/// Of the run after one with these options.
std::string later_run_options(std::string_view from, std::string_view scheduler);

}  // namespace toril::redis_store

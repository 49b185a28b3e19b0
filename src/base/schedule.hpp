#pragma once

// When a scheduler runs next and what its jobs' options say: BullMQ's arithmetic (bullmq-wire
// 3.16), so that a scheduler which is continued by workers of both kinds keeps its beat.

#include <toril/job.hpp>
#include <toril/scheduler.hpp>
#include <toril/time.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace toril::base {

struct NextRun {
    Timestamp at{};
    Millis offset{0};  // of the run within its interval, to be kept with the scheduler
};

/// The run after `previous` of a fixed interval; without one, the first.
///
///     first, start_date given    the later of it and now
///     first, offset given        the next multiple of `every` plus it, after now
///     first                      now
///     later                      previous + every; when that is past (and missed runs are not
///                                all run) the next multiple of `every` plus offset, after now
///
/// REQUIRES: `repeat.every` is more than 0.
NextRun next_every(const Repeat& repeat, std::optional<Timestamp> previous, Timestamp now);

/// `repeat:<scheduler>:<ms>`
JobId scheduled_job_id(std::string_view scheduler, Timestamp at);

/// The time in such an id; empty: it is none of this scheduler's.
std::optional<Timestamp> scheduled_time(std::string_view scheduler, std::string_view job);

/// What makes one run's options out of its template's, or out of those of the run before.
struct ScheduledOptions {
    std::string scheduler{};
    Repeat repeat{};
    Timestamp at{};
    Timestamp now{};
    std::int64_t count = 1;  // of the run, from 1
};
std::string scheduled_options(std::string_view from, const ScheduledOptions& run);

/// What the options of a scheduler's job say of the run that it is.
struct ScheduledJob {
    Repeat repeat{};         // `every` and `pattern` empty: nothing
    std::int64_t count = 0;  // of the run, from 1; 0: not said
    Timestamp at{};          // when it was due; the epoch: not said
};
/// From any client and version; never fails.
ScheduledJob scheduled_job(std::string_view opts);

/// `count` in the options of a scheduler's job; 0: there is none.
std::int64_t scheduled_count(std::string_view opts);

}  // namespace toril::base

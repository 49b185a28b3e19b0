#pragma once

// What a worker decides when it has taken a run of a scheduler: whether to run it, and whether
// and when the next one comes. The arithmetic of `every` is the store's (base/schedule.hpp).

#include <toril/result.hpp>
#include <toril/scheduler.hpp>
#include <toril/time.hpp>

#include <cstdint>

namespace toril::worker {

struct TakenRun {
    Timestamp at{};  // when it was due; the epoch: not known
    Timestamp now{};
    std::int64_t count = 0;  // from 1; 0: not known
    bool is_first_start = true;
};

struct SchedulePlan {
    bool is_missed = false;  // the run is not to be run
    bool goes_on = false;    // the next one is to be made
    Timestamp next{};        // with a pattern: its time
};

///     next, with a pattern    after the later of now and this run's time;
///                             if missed runs are all run, after this run's time
///     no next                 beyond the limit or the end, or the pattern has no more
///     missed                  missed runs are skipped, this one starts for the first time, and
///                             the one after it is due already
///
/// Errors: `invalid_argument` for a pattern or zone that is not understood here.
Result<SchedulePlan> plan_schedule(const Repeat& rule, const TakenRun& run);

}  // namespace toril::worker

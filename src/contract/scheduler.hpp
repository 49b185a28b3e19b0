#pragma once

// Job schedulers: BullMQ's rules (bullmq-wire 3.16), so that any worker of either kind continues
// them. The arithmetic is in base/schedule.hpp, cron in base/cron.hpp.

#include <toril/job.hpp>
#include <toril/scheduler.hpp>
#include <toril/time.hpp>

#include <cstdint>
#include <string>

namespace toril::contract {

/// What a scheduler is, as it is stored.
struct Scheduler {
    std::string id{};
    Repeat repeat{};
    std::string name{};       // of its jobs
    std::string data = "{}";  // JSON
    std::string opts = "{}";  // the template's options, BullMQ's JSON
    Timestamp next{};         // of the run that is pending
    std::int64_t iteration_count = 0;
};

struct UpsertSchedulerParams {
    std::string queue{};
    Scheduler scheduler{};  // `iteration_count` is the store's own
    // With a pattern: when it runs next, worked out above, not before `now`. Else the store
    // works it out, and this is ignored.
    Timestamp next{};
    // What the template's options say, which the store need not read.
    int priority = 0;
    bool lifo = false;
    Timestamp now{};
};

struct ContinueSchedulerParams {
    std::string queue{};
    std::string scheduler{};
    JobId job{};         // the run that was taken: only the pending one is continued, once
    std::string opts{};  // of that run
    Timestamp next{};    // with a pattern: the run after it; else the store works it out
    Timestamp now{};
};

/// The run that is pending now.
struct ScheduledRun {
    JobId job{};
    Timestamp next{};
};

}  // namespace toril::contract

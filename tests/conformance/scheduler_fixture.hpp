#pragma once

// What the cases about schedulers share.

#include "base/schedule.hpp"
#include "fixture.hpp"

namespace toril::conformance {

using contract::ScheduledRun;
using contract::Scheduler;

class Scheduling : public JobStoreConformance {
protected:
    static std::string ms(Timestamp time) {
        return std::to_string(time.time_since_epoch().count());
    }
    static JobId run_id(const std::string& scheduler, Timestamp at) {
        return base::scheduled_job_id(scheduler, at);
    }
    static Scheduler every(const std::string& id, Millis interval) {
        return {.id = id,
                .repeat = {.every = interval},
                .name = "report",
                .data = R"({"n":1})",
                .opts = R"({"attempts":2})"};
    }
    static Scheduler pattern(const std::string& id, const std::string& text) {
        Scheduler scheduler = every(id, 0ms);
        scheduler.repeat.pattern = text;
        return scheduler;
    }

    contract::UpsertSchedulerParams params_of(const Scheduler& scheduler,
                                              Timestamp next = {}) const {
        return {.queue = queue, .scheduler = scheduler, .next = next, .now = now()};
    }
    /// `next` for those with a pattern.
    Result<ScheduledRun> upsert(const Scheduler& scheduler, Timestamp next = {}) {
        return client.upsert_scheduler(params_of(scheduler, next));
    }
    /// As `upsert`; fails the test when it was refused.
    void schedule(const Scheduler& scheduler, Timestamp next = {}) {
        const auto run = upsert(scheduler, next);
        ASSERT_TRUE(run) << run.error().message();
    }
    /// Makes the run after the one that was taken, as every worker does. False: it made none.
    bool go_on(const Taken& run, Timestamp next = {}) {
        const auto made = client.continue_scheduler({.queue = queue,
                                                     .scheduler = run.job.repeat_job_key,
                                                     .job = run.job.id,
                                                     .opts = run.job.opts,
                                                     .next = next,
                                                     .now = now()});
        if (made) return *made;
        ADD_FAILURE() << made.error().message();
        return false;
    }
    Scheduler scheduler(const std::string& id) {
        const auto found = client.scheduler(queue, id);
        if (found) return *found;
        ADD_FAILURE() << found.error().message();
        return {};
    }
};

}  // namespace toril::conformance

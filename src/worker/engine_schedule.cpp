// Runs of schedulers: the next one is made before this one is run, so that a schedule goes on
// whatever becomes of the run.

#include "base/schedule.hpp"
#include "worker/engine.hpp"
#include "worker/schedule.hpp"

#include <utility>

namespace toril::worker {
namespace {

// When the next run cannot be made for a reason that stays, a pattern that is not understood
// here for instance, a worker of another kind may know better.
constexpr Millis try_again_after{30'000};

// The rule as the scheduler has it now. One of BullMQ 5's repeatables (it counts no iterations)
// has its limit in its jobs only.
Repeat rule_of(const contract::Scheduler& scheduler, const base::ScheduledJob& job) {
    Repeat rule = scheduler.repeat;
    if (scheduler.iteration_count == 0 && rule.limit == 0) rule.limit = job.repeat.limit;
    return rule;
}

}  // namespace

// On the handler's thread, which blocks meanwhile. False: the job is not run, and dealt with.
bool Engine::go_on_with_schedule(const RunningJobPtr& job) {
    const Result<bool> missed = continue_schedule(*job);
    if (!missed) {
        const Error& error = missed.error();
        const bool away = is_worth_repeating(error.code());
        {
            base::MutexLock lock(mutex_);
            const Error told(error.code(),
                             "the next run of scheduler " + job->job.repeat_job_key +
                                 " was not made, so job " + job->taken.id +
                                 " waits: " + error.message());
            if (away)
                note_outage(told);
            else
                post_error(told);
        }
        const Move move =
            away ? Move{Move::Kind::hand_back} : Move{Move::Kind::postpone, try_again_after};
        conclude(job, {.result = error, .move = move}, 1);
        return false;
    }
    // A failure that is due anyway comes first.
    if (!*missed || !job->taken.deferred_failure.empty()) return true;
    conclude(job, {.result = Json::unchecked("\"missed\"")}, 1);
    return false;
}

// Answers whether the run was missed, and is not to be run.
Result<bool> Engine::continue_schedule(const RunningJob& running) {
    const Job& job = running.job;
    const std::string& id = job.repeat_job_key;
    const base::ScheduledJob said = base::scheduled_job(job.opts.text());
    const auto scheduler =
        port_.ask<Result<contract::Scheduler>>([&](contract::JobStore& store, auto done) {
            store.scheduler(port_.queue(), id, std::move(done));
        });
    const bool is_removed = !scheduler && scheduler.error().code() == ErrorCode::not_found;
    if (!scheduler && !is_removed) return scheduler.error();

    const Repeat rule = scheduler ? rule_of(*scheduler, said) : said.repeat;
    const bool is_stamped = job.processed_on != Timestamp{};  // by the store's clock
    const auto plan = plan_schedule(rule,
                                    {.at = base::scheduled_time(id, job.id).value_or(said.at),
                                     .now = is_stamped ? job.processed_on : setup_.clock(),
                                     .count = said.count,
                                     .is_first_start = job.attempts_started <= 1});
    if (!plan && is_removed) return false;
    if (!plan) return plan.error();
    if (!plan->goes_on) return plan->is_missed;

    // Harmless when it is done twice: only the run that is pending is continued.
    const auto made = port_.ask<Result<bool>>([&](contract::JobStore& store, auto done) {
        store.continue_scheduler({.queue = port_.queue(),
                                  .scheduler = id,
                                  .job = job.id,
                                  .opts = job.opts.text(),
                                  .next = plan->next},
                                 std::move(done));
    });
    if (!made) return made.error();
    return plan->is_missed;
}

}  // namespace toril::worker

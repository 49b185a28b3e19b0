// Handlers, their limits, what became of their jobs, and what the program is told of it.

#include "base/json_strings.hpp"
#include "worker/engine.hpp"
#include "worker/job_context.hpp"
#include "worker/outcome.hpp"

#include <algorithm>
#include <exception>
#include <random>
#include <utility>

namespace toril::worker {
namespace {

using Kind = contract::Outcome::Kind;

double random_unit() {
    std::random_device source;
    return static_cast<double>(source()) / (static_cast<double>(std::random_device::max()) + 1);
}

Error timed_out_after(Millis timeout) {
    return {ErrorCode::failed, "timed out after " + duration_text(timeout)};
}

}  // namespace

// On a handler's thread, or wherever a job's attempt is concluded without one.
void Engine::run(const RunningJobPtr& job) {
    if (job->claimed) return conclude(job, {}, 1);
    prepare(*job);
    ++counters_.running;
    Attempt ended = attempt(job);
    --counters_.running;
    conclude(job, std::move(ended), 1);
}

void Engine::prepare(RunningJob& running) {
    contract::TakenJob& taken = running.taken;
    running.options = options_.get(taken.opts);
    Job& job = running.job;
    job.id = taken.id;
    job.queue = setup_.queue;
    job.name = std::move(taken.name);
    job.data = Json::unchecked(std::move(taken.data));
    job.opts = Json::unchecked(std::move(taken.opts));
    job.state = JobState::active;
    if (!taken.progress.empty()) job.progress = Json::unchecked(std::move(taken.progress));
    job.attempts_made = taken.attempts_made;
    job.attempts_started = taken.attempts_started;
    job.stalled_counter = taken.stalled_counter;
    job.timestamp = taken.timestamp;
    job.processed_on = taken.processed_on;
    job.delay = running.options->delay;
    job.priority = taken.priority;
    job.stacktrace = base::strings_from_json(taken.stacktrace);
    job.processed_by = setup_.options.name;
    job.parent_key = std::move(taken.parent_key);
    if (!taken.parent.empty()) job.parent = Json::unchecked(std::move(taken.parent));
    job.deduplication_id = std::move(taken.deduplication_id);
    job.repeat_job_key = std::move(taken.repeat_job_key);
    job.deferred_failure = taken.deferred_failure;
}

Attempt Engine::attempt(const RunningJobPtr& job) {
    if (!job->taken.deferred_failure.empty())
        return {Error(ErrorCode::unrecoverable, job->taken.deferred_failure), {}};
    ++counters_.started;
    job->started_at = SteadyClock::now();
    job->started = true;
    limit_run(*job);
    StoreJobContext context(*job, port_, setup_.options.lock_duration);
    try {
        if (setup_.options.hooks.active) setup_.options.hooks.active(job->job);
        return setup_.executor->run(*job, context);
    } catch (const std::exception& e) {
        return {Error(ErrorCode::failed, e.what()), {}};
    } catch (...) {
        return {Error(ErrorCode::failed, "unknown exception"), {}};
    }
}

// Says what became of a job, unless somebody did before. `slots`: 1 when its handler is back.
void Engine::conclude(const RunningJobPtr& job, Attempt attempt, std::size_t slots) {
    const bool ours = job->claim();
    if (!ours || job->lost) {
        if (ours) registry_.remove({&job, 1});
        {
            base::MutexLock lock(mutex_);
            state_.fsm.slots_freed(slots);
        }
        return drive();
    }
    if (job->timed_out) attempt = {timed_out_after(setup_.options.timeout), {}};
    const double random = job->options->backoff.jitter > 0 ? random_unit() : 0;
    Outcome outcome = decide({job->job, *job->options, job->taken.stacktrace, random},
                             std::move(attempt),
                             setup_.options);
    outcome.id = job->taken.id;
    outcome.token = job->token;
    outcome.attempts_made = job->taken.attempts_made;
    outcome.is_deduplicated = !job->job.deduplication_id.empty();
    tell({std::move(outcome), job}, slots);
}

void Engine::tell(Told told, std::size_t slots) {
    {
        base::MutexLock lock(mutex_);
        state_.waiting.push_back(std::move(told));
        state_.fsm.outcomes_wait(1);
        state_.fsm.slots_freed(slots);
    }
    drive();
}

// The store has answered: now it is true, and the program may know.
void Engine::announce(const Outcome& outcome, const RunningJobPtr& job, const Status& status) {
    if (outcome.kind == Kind::hand_back) return;
    const WorkerHooks& hooks = setup_.options.hooks;
    if (!status) {
        ++counters_.lost;
        base::MutexLock lock(mutex_);
        return post_error({status.error().code(),
                           "the outcome of job " + outcome.id +
                               " was not recorded: " + status.error().message()});
    }
    if (outcome.kind == Kind::complete) {
        ++counters_.completed;
        if (!hooks.completed) return;
        base::MutexLock lock(mutex_);
        return post([this, job, value = outcome.value] {
            setup_.options.hooks.completed(job->job, Json::unchecked(value));
        });
    }
    const bool final = outcome.kind == Kind::fail;
    ++(final ? counters_.failed : counters_.retried);
    if (!hooks.failed) return;
    base::MutexLock lock(mutex_);
    post([this, job, reason = outcome.value, final] {
        setup_.options.hooks.failed(job->job, reason, final);
    });
}

// One notice an outage, not one a try.
void Engine::note_outage(const Error& error) {
    if (state_.outage) return;
    state_.outage = true;
    post_error(error);
}

void Engine::post(std::function<void()> chore) {
    state_.chores.push_back(std::move(chore));
    changed_.notify_all();
}

void Engine::post_error(Error error) {
    post([this, error = std::move(error)] {
        setup_.log(LogLevel::warning, "worker.error", error.message(), {{"queue", setup_.queue}});
        if (setup_.options.hooks.error) setup_.options.hooks.error(error);
    });
}

// ---- limits of runs -----------------------------------------------------------------------------

void Engine::limit_run(const RunningJob& job) {
    if (setup_.options.timeout <= Millis{0}) return;
    base::MutexLock lock(mutex_);
    // One timer for all: when it fires it looks through the jobs in hand for the next.
    const auto due = job.started_at + setup_.options.timeout;
    if (due >= state_.limits_at) return;
    state_.limits_at = due;
    changed_.notify_all();
}

void Engine::expire_limits() {
    const auto now = SteadyClock::now();
    {
        base::MutexLock lock(mutex_);
        if (now < state_.limits_at) return;
        state_.limits_at = SteadyClock::time_point::max();
    }
    auto next = SteadyClock::time_point::max();
    for (const RunningJobPtr& job : registry_.all())
        if (job->started && !job->claimed) next = std::min(next, expire_limit(job, now));
    base::MutexLock lock(mutex_);
    state_.limits_at = std::min(state_.limits_at, next);
}

// Answers when to look at this job again.
Engine::SteadyClock::time_point Engine::expire_limit(const RunningJobPtr& job,
                                                     SteadyClock::time_point now) {
    const auto limit = job->started_at + setup_.options.timeout;
    if (now < limit) return limit;
    if (!job->timed_out.exchange(true)) job->stop.request_stop();
    // A child process is killed at its last limit, and its thread says so.
    if (setup_.options.isolation == Isolation::process) return SteadyClock::time_point::max();
    const auto last = limit + setup_.options.kill_after;
    if (now < last) return last;
    // The handler did not heed its stop token. Its thread stays taken, but the job goes on.
    conclude(job, {}, 0);
    return SteadyClock::time_point::max();
}

// ---- locks
// ----------------------------------------------------------------------------------------

void Engine::renew_locks() {
    const std::vector<RunningJobPtr> all = registry_.all();
    for (std::size_t first = 0; first < all.size(); first += contract::batch_jobs_max) {
        const std::size_t end = std::min(all.size(), first + contract::batch_jobs_max);
        std::vector<RunningJobPtr> jobs(all.begin() + static_cast<std::ptrdiff_t>(first),
                                        all.begin() + static_cast<std::ptrdiff_t>(end));
        std::vector<contract::Lease> leases;
        leases.reserve(jobs.size());
        for (const RunningJobPtr& job : jobs)
            leases.push_back({job->taken.id, job->token});
        hands_.store->renew(setup_.queue,
                            std::move(leases),
                            setup_.options.lock_duration,
                            {},
                            [self = shared_from_this(),
                             jobs = std::move(jobs)](const Result<std::vector<Status>>& answer) {
                                if (answer) self->on_renewed(jobs, *answer);
                            });
    }
}

void Engine::on_renewed(const std::vector<RunningJobPtr>& jobs,
                        const std::vector<Status>& answers) {
    for (std::size_t i = 0; i < std::min(jobs.size(), answers.size()); ++i) {
        const RunningJobPtr& job = jobs[i];
        // A job that is being told to the store has lost its lock because it is finished.
        if (answers[i] || job->claimed || job->lost.exchange(true)) continue;
        ++counters_.lost;
        base::MutexLock lock(mutex_);
        post([job] { job->stop.request_stop(); });
        post_error({ErrorCode::not_owner,
                    "the lock of job " + job->taken.id +
                        " is lost: it was not renewed in time, or the job was taken away"});
    }
}

}  // namespace toril::worker

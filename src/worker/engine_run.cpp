// Handlers, what became of their jobs, and what the program is told of it.

#include "base/json_strings.hpp"
#include "base/names.hpp"
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

// It is there to be completed: the program's handler knows nothing of it.
bool is_canary(const Job& job) {
    return job.name == base::canary_job_name;
}

Attempt failed_for_good(std::string reason) {
    return {.result = Error(ErrorCode::unrecoverable, std::move(reason))};
}

Attempt timed_out_after(Millis timeout) {
    return {.result = Error(ErrorCode::failed, "timed out after " + duration_text(timeout))};
}

}  // namespace

// On a handler's thread, or wherever a job's attempt is concluded without one.
void Engine::run(const RunningJobPtr& job) {
    if (job->claimed) return conclude(job, {}, 1);
    prepare(*job);
    if (!job->job.repeat_job_key.empty() && !go_on_with_schedule(job)) return;
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
    if (!job->taken.deferred_failure.empty()) return failed_for_good(job->taken.deferred_failure);
    if (job->cancellation.is_asked()) return failed_for_good(job->cancellation.reason());
    const int starts_max = setup_.options.max_started_attempts;
    if (starts_max > 0 && job->taken.attempts_started > starts_max)
        return failed_for_good("job started more than allowable limit");
    if (is_canary(job->job)) return {.result = Json{}};
    ++counters_.started;
    job->started_at = SteadyClock::now();
    job->started = true;
    limit_run(*job);
    Attempt ended = run_handler(*job);
    count_duration(SteadyClock::now() - job->started_at);
    return ended;
}

Attempt Engine::run_handler(RunningJob& job) {
    StoreJobContext context(job, port_, setup_.options.lock_duration);
    try {
        if (setup_.options.hooks.active) setup_.options.hooks.active(job.job);
        return setup_.executor->run(job, context);
    } catch (const std::exception& e) {
        return {.result = Error(ErrorCode::failed, e.what())};
    } catch (...) {
        return {.result = Error(ErrorCode::failed, "unknown exception")};
    }
}

void Engine::count_duration(SteadyClock::duration taken) {
    const double seconds = std::chrono::duration<double>(taken).count();
    const auto bucket =
        std::lower_bound(job_duration_bounds.begin(), job_duration_bounds.end(), seconds) -
        job_duration_bounds.begin();
    constexpr auto order = std::memory_order_relaxed;
    counters_.durations[static_cast<std::size_t>(bucket)].fetch_add(1, order);
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(taken).count();
    counters_.busy_us.fetch_add(static_cast<std::uint64_t>(us), order);
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
    if (job->timed_out) attempt = timed_out_after(setup_.options.timeout);
    if (!attempt.result && job->cancellation.is_asked())
        attempt = failed_for_good(job->cancellation.reason());
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
    if (status && is_canary(job->job)) return;
    const bool moved = outcome.kind == Kind::postpone || outcome.kind == Kind::wait_children ||
                       outcome.kind == Kind::rate_limit;
    if (moved && status) return;
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

void Engine::note_stalled(const std::vector<JobId>& jobs) {
    counters_.stalled += jobs.size();
    if (!setup_.options.hooks.stalled) return;
    for (const JobId& id : jobs)
        post([this, id] { setup_.options.hooks.stalled(id); });
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

}  // namespace toril::worker

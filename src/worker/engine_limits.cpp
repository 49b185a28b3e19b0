// Runs that are to end before their handlers return: time limits and cancellations.

#include "worker/engine.hpp"

#include <algorithm>
#include <utility>

namespace toril::worker {

// ---- time limits --------------------------------------------------------------------------------

void Engine::limit_run(const RunningJob& job) {
    if (setup_.options.timeout <= Millis{0}) return;
    base::MutexLock lock(mutex_);
    look_at_limits(job.started_at + setup_.options.timeout);
}

// One timer for all: when it fires it looks through the jobs in hand for the next.
void Engine::look_at_limits(SteadyClock::time_point at) {
    if (at >= state_.limits_at) return;
    state_.limits_at = at;
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
    auto asked_at = SteadyClock::time_point::max();  // to stop
    if (setup_.options.timeout > Millis{0}) {
        asked_at = job->started_at + setup_.options.timeout;
        if (now >= asked_at && !job->timed_out.exchange(true)) job->stop.request_stop();
    }
    if (job->cancellation.is_asked()) asked_at = std::min(asked_at, job->cancellation.at());
    if (now < asked_at) return asked_at;
    // A child process is killed at its last limit, and its thread says so.
    if (setup_.options.isolation == Isolation::process) return SteadyClock::time_point::max();
    const auto last = asked_at + setup_.options.kill_after;
    if (now < last) return last;
    // The handler did not heed its stop token. Its thread stays taken, but the job goes on.
    conclude(job, {.result = Error(ErrorCode::failed, "the handler did not stop")}, 0);
    return SteadyClock::time_point::max();
}

// ---- cancellations ------------------------------------------------------------------------------

bool Engine::cancel_job(std::string_view id, std::string_view reason) {
    const RunningJobPtr job = registry_.find(id);
    return job && cancel(job, reason);
}

void Engine::cancel_all_jobs(std::string_view reason) {
    for (const RunningJobPtr& job : registry_.all())
        cancel(job, reason);
}

// Answers whether the job was still running.
bool Engine::cancel(const RunningJobPtr& job, std::string_view reason) {
    if (job->claimed || job->lost) return false;
    const auto now = SteadyClock::now();
    if (!job->cancellation.ask(std::string(reason.empty() ? "cancelled" : reason), now))
        return true;
    base::MutexLock lock(mutex_);
    post([job] { job->stop.request_stop(); });  // calls the handler's own code
    look_at_limits(now + setup_.options.kill_after);
    return true;
}

}  // namespace toril::worker

// The keeper's thread. It does little and waits for nobody, so that locks are renewed whatever
// the rest of the worker is busy with.

#include "worker/engine.hpp"

#include <algorithm>
#include <utility>

namespace toril::worker {
namespace {

// How often jobs of processes that are proved to be dead are looked for.
constexpr Millis dead_interval{1'000};
// A job that was cancelled while the answer of its take was under way is not in hand yet.
constexpr Millis renew_again_after{1'000};
// Cancellations that come together cost one renewal.
constexpr Millis cancellations_pause{20};
constexpr Millis cancellations_pause_away{1'000};
constexpr Millis interrupt_patience{1'000};

}  // namespace

void Engine::keep_locks() {
    // BullMQ's period: a lock is renewed when a quarter of its time is over.
    const Millis period = std::max(setup_.options.lock_duration / 4, Millis{1});
    const bool looks_for_dead =
        setup_.options.stalled_interval > Millis{0} && !hands_.store->process_tag().empty();
    auto renew_at = SteadyClock::now() + period;
    auto dead_at = SteadyClock::now() + dead_interval;

    std::unique_lock lock(mutex_);
    Keeping& keeping = state_.keeping;
    while (state_.life != State::Life::ended) {
        const auto now = SteadyClock::now();
        const bool may_recover = looks_for_dead && !keeping.recovering && !state_.fsm.is_closing();
        const bool renew = keeping.woken || now >= renew_at;
        const bool watch = !keeping.watching && now >= keeping.watch_at;
        const bool recover = may_recover && now >= dead_at;
        if (!renew && !watch && !recover) {
            auto until = renew_at;
            if (!keeping.watching) until = std::min(until, keeping.watch_at);
            if (may_recover) until = std::min(until, dead_at);
            changed_.wait_until(lock, until);
            continue;
        }
        if (renew) renew_at = now + (keeping.woken ? std::min(period, renew_again_after) : period);
        if (recover) dead_at = now + dead_interval;
        if (renew) keeping.woken = false;
        keeping.watching |= watch;
        keeping.recovering |= recover;
        lock.unlock();
        if (renew) renew_locks();
        if (watch) watch_cancellations();
        if (recover) recover_dead();
        lock.lock();
    }
}

// ---- locks --------------------------------------------------------------------------------------

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
        if (answers[i]) continue;
        if (answers[i].error().code() == ErrorCode::cancelled) {
            cancel(job, answers[i].error().message());
            continue;
        }
        // A job that is being told to the store has lost its lock because it is finished.
        if (job->claimed || job->lost.exchange(true)) continue;
        ++counters_.lost;
        base::MutexLock lock(mutex_);
        post([job] { job->stop.request_stop(); });
        post_error({ErrorCode::not_owner,
                    "the lock of job " + job->taken.id +
                        " is lost: it was not renewed in time, or the job was taken away"});
    }
}

// ---- cancellations from other processes ---------------------------------------------------------

void Engine::watch_cancellations() {
    if (!hands_.cancellations)
        hands_.cancellations =
            hands_.store->watch({.queue = setup_.queue, .what = contract::WatchFor::cancellations});
    hands_.cancellations->wait(
        setup_.options.block_timeout,
        [self = shared_from_this()](const auto& answer) { self->on_cancellations(answer); });
}

// Which jobs are meant, the renewal says.
void Engine::on_cancellations(const Result<Timestamp>& answer) {
    base::MutexLock lock(mutex_);
    Keeping& keeping = state_.keeping;
    keeping.watching = false;
    keeping.woken |= static_cast<bool>(answer);
    keeping.watch_at =
        SteadyClock::now() + (answer ? cancellations_pause : cancellations_pause_away);
    changed_.notify_all();
}

// ---- jobs of dead processes ---------------------------------------------------------------------

void Engine::recover_dead() {
    hands_.store->recover_dead(
        setup_.queue,
        setup_.options.max_stalled_count,
        [self = shared_from_this()](const auto& answer) { self->on_recovered_dead(answer); });
}

// An error costs nothing but time: the check for stalled jobs finds them too, and complains.
void Engine::on_recovered_dead(const Result<std::vector<JobId>>& answer) {
    base::MutexLock lock(mutex_);
    state_.keeping.recovering = false;
    if (answer) note_stalled(*answer);
    changed_.notify_all();
}

// REQUIRES: the keeper's thread has ended.
void Engine::end_watch() {
    if (hands_.cancellations) hands_.cancellations->interrupt();
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, interrupt_patience, [&] { return !state_.keeping.watching; });
}

}  // namespace toril::worker

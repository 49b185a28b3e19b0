// Threads, closing, and waiting.

#include "worker/engine.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace toril::worker {
namespace {

// How long a closing worker waits for the store to take the last outcomes, and for handlers
// that were asked to stop.
constexpr Millis farewell{5'000};
constexpr Millis handler_patience{1'000};
// Jobs active elsewhere are looked at this often by one that waits for the end of all work.
constexpr Millis look_again_after{250};

}  // namespace

void Engine::start() {
    threads_.emplace_back([self = shared_from_this()] { self->dispatch(); });
    threads_.emplace_back([self = shared_from_this()] { self->keep_locks(); });
}

void Engine::pause() {
    base::MutexLock lock(mutex_);
    state_.fsm.pause();
}

void Engine::resume() {
    {
        base::MutexLock lock(mutex_);
        state_.fsm.resume();
    }
    drive();
}

WorkerStats Engine::stats() const {
    WorkerStats stats{.started = counters_.started,
                      .completed = counters_.completed,
                      .failed = counters_.failed,
                      .retried = counters_.retried,
                      .stalled = counters_.stalled,
                      .lost = counters_.lost,
                      .running = counters_.running,
                      .busy = std::chrono::microseconds(counters_.busy_us)};
    for (std::size_t i = 0; i < stats.durations.size(); ++i)
        stats.durations[i] = counters_.durations[i];
    return stats;
}

// ---- threads ------------------------------------------------------------------------------------

void Engine::dispatch() {
    std::unique_lock lock(mutex_);
    while (state_.life != State::Life::ended || !state_.chores.empty()) {
        std::deque<std::function<void()>> chores;
        chores.swap(state_.chores);
        lock.unlock();
        for (const auto& chore : chores) {
            try {
                chore();
            } catch (const std::exception& e) {
                setup_.log(LogLevel::error, "worker.hook_threw", e.what());
            } catch (...) {
                setup_.log(LogLevel::error, "worker.hook_threw", "unknown exception");
            }
        }
        expire_limits();
        drive();
        lock.lock();
        const auto until = std::min(state_.limits_at, SteadyClock::time_point(state_.wake_at));
        if (state_.chores.empty() && state_.life != State::Life::ended)
            changed_.wait_until(lock, until);
    }
}

// ---- closing ------------------------------------------------------------------------------------

std::size_t Engine::close(Millis grace) {
    {
        base::MutexLock lock(mutex_);
        state_.close_by = std::min(state_.close_by, SteadyClock::now() + grace);
        state_.fsm.close();
    }
    changed_.notify_all();
    hand_back(pool_.take_back(), 1);
    drive();
    {
        std::unique_lock lock(mutex_);
        const auto at_rest = [&] { return state_.fsm.used() == 0 && state_.fsm.is_settled(); };
        while (state_.life == State::Life::running && !at_rest() &&
               SteadyClock::now() < state_.close_by) {
            const auto until = state_.close_by;  // a copy: another caller may shorten it
            changed_.wait_until(lock, until);
        }
        if (state_.life != State::Life::running) {
            changed_.wait(lock, [&] { return state_.life == State::Life::ended; });
            return state_.handed_back;
        }
        state_.life = State::Life::ending;
    }
    const std::size_t handed_back = abandon();
    {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, farewell, [&] { return state_.fsm.is_settled(); });
        state_.handed_back = handed_back;
    }
    end();
    return handed_back;
}

// A job may be handed back before its handler has stopped. That can run it twice; the other
// order can lose it. We promise at least once, so twice it is.
std::size_t Engine::abandon() {
    std::vector<RunningJobPtr> left = registry_.all();
    // Whoever cancelled a job does not want it to run again.
    for (const RunningJobPtr& job : left) {
        if (!job->started || !job->cancellation.is_asked()) continue;
        conclude(job, {.result = Error(ErrorCode::failed, "the worker was closed")}, 0);
        job->stop.request_stop();
    }
    std::erase_if(left, [](const RunningJobPtr& job) { return !job->claim(); });
    hand_back(left, 0);
    drive();
    for (const RunningJobPtr& job : left)
        job->stop.request_stop();
    setup_.executor->abandon();
    return static_cast<std::size_t>(std::count_if(
        left.begin(), left.end(), [](const RunningJobPtr& job) { return job->started.load(); }));
}

// `slots_each`: 1 for jobs that no thread will come back with.
void Engine::hand_back(const std::vector<RunningJobPtr>& jobs, std::size_t slots_each) {
    base::MutexLock lock(mutex_);
    for (const RunningJobPtr& job : jobs)
        state_.waiting.push_back(
            {{.id = job->taken.id, .token = job->token, .kind = Outcome::Kind::hand_back}, job});
    state_.fsm.outcomes_wait(jobs.size());
    state_.fsm.slots_freed(jobs.size() * slots_each);
}

void Engine::end() {
    {
        std::unique_lock lock(mutex_);
        state_.life = State::Life::ended;
        changed_.notify_all();
        changed_.wait(lock, [&] { return !state_.driving; });
    }
    for (std::thread& thread : threads_) {
        if (thread.get_id() == std::this_thread::get_id())
            thread.detach();  // closed from a hook
        else
            thread.join();
    }
    threads_.clear();
    end_watch();
    pool_.stop(handler_patience);
    setup_.executor->close();
    // Here, and not by a late answer: a store must not end on one of its own threads.
    port_.close();
    hands_ = {};
}

// ---- waiting ------------------------------------------------------------------------------------

bool Engine::is_quiet(const JobCounts& counts, Millis due_within) const {
    if (counts.waiting + counts.prioritized + counts.active + counts.paused > 0) return false;
    base::MutexLock lock(mutex_);
    const auto due_in = state_.fsm.due_in(tick());
    return counts.delayed == 0 || (due_in && *due_in > due_within);
}

Status Engine::wait_until_idle(Millis due_within, Millis patience) {
    auto reached_at = SteadyClock::now();
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] {
                return state_.fsm.is_idle() || state_.fsm.is_closing() || state_.outage;
            });
            if (state_.fsm.is_closing()) return {};
        }
        const auto counts = port_.ask<Result<JobCounts>>([&](contract::JobStore& store, auto done) {
            store.counts(port_.queue(), std::move(done));
        });
        const auto now = SteadyClock::now();
        if (counts && is_quiet(*counts, due_within)) return {};
        if (counts) reached_at = now;
        if (!counts && now - reached_at >= patience) return counts.error();
        // Jobs are active elsewhere, or due soon; or the store is away.
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, look_again_after, [&] { return state_.fsm.is_closing(); });
    }
}

}  // namespace toril::worker

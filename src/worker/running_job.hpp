#pragma once

// A job in the hands of a worker, from its take until the store has its outcome.

#include "contract/job_store.hpp"

#include <toril/job.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>

namespace toril::worker {

/// A request to end a job early. Threads: any; the first request counts.
class Cancellation {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// False: somebody asked before.
    bool ask(std::string reason, TimePoint at) {
        if (begun_.exchange(true)) return false;
        reason_ = std::move(reason);
        at_ = at;
        asked_.store(true, std::memory_order_release);
        return true;
    }
    bool is_asked() const noexcept { return asked_.load(std::memory_order_acquire); }

    // REQUIRES: is_asked().
    const std::string& reason() const noexcept { return reason_; }
    TimePoint at() const noexcept { return at_; }

private:
    std::string reason_{};
    TimePoint at_{};
    std::atomic<bool> begun_ = false;
    std::atomic<bool> asked_ = false;
};

/// Constant but for what is marked. Shared by the dispatcher, its handler's thread and the
/// thread that renews locks.
struct RunningJob {
    RunningJob(contract::TakenJob from_store, std::string lock_token)
        : taken(std::move(from_store)), token(std::move(lock_token)) {}

    /// Whoever claims it, its handler's thread or somebody who gave up on that, says what
    /// became of it; the other keeps silent.
    bool claim() noexcept { return !claimed.exchange(true); }

    // `data`, `opts` and `progress` move to `job` when the handler starts.
    contract::TakenJob taken;
    const std::string token;
    std::stop_source stop{};
    Cancellation cancellation{};

    // Filled before the handler starts, by its thread.
    Job job{};
    std::shared_ptr<const JobOptions> options{};
    std::chrono::steady_clock::time_point started_at{};

    std::atomic<bool> claimed = false;
    std::atomic<bool> started = false;
    std::atomic<bool> timed_out = false;
    std::atomic<bool> lost = false;  // its lock is another's
    std::size_t position = 0;        // the registry's own
};

using RunningJobPtr = std::shared_ptr<RunningJob>;

}  // namespace toril::worker

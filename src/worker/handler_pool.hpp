#pragma once

// Threads for handlers, made when they are needed, up to a number.
//
// A batch of jobs wakes one thread, and each thread that finds more jobs behind its own wakes
// the next before it begins. So handlers that return at once are run by one or two hot
// threads, and handlers that block spread over as many threads as there are jobs. The thread
// that fell idle last is woken first: its stack is still in the cache.

#include "base/mutex.hpp"
#include "worker/running_job.hpp"

#include <toril/time.hpp>

#include <memory>
#include <span>
#include <vector>

namespace toril::worker {

class JobRunner {
public:
    virtual ~JobRunner() = default;
    virtual void run(const RunningJobPtr& job) = 0;
};

/// Threads: any method, from any thread, at the same time.
class HandlerPool {
public:
    explicit HandlerPool(std::size_t threads_max);
    ~HandlerPool();  // stop(0)
    HandlerPool(const HandlerPool&) = delete;
    HandlerPool& operator=(const HandlerPool&) = delete;

    /// Hands over jobs, to be run in order. A thread keeps the runner alive.
    void push(std::span<const RunningJobPtr> jobs, const std::shared_ptr<JobRunner>& runner);

    /// Takes back those that no thread has begun.
    std::vector<RunningJobPtr> take_back();

    /// Ends the threads. One whose handler does not return within `patience` is left to itself
    /// (it ends when the handler does). Answers how many those are. Idempotent.
    std::size_t stop(Millis patience);

    std::size_t threads() const;

private:
    struct State;
    const std::shared_ptr<State> state_;  // shared with the threads
};

}  // namespace toril::worker

#pragma once

// Where handlers run: here, or in a child process (isolation/).

#include "worker/attempt.hpp"
#include "worker/running_job.hpp"

#include <toril/worker.hpp>

#include <utility>

namespace toril::worker {

class Executor {
public:
    virtual ~Executor() = default;
    /// Blocks until the attempt has ended. On a thread of the pool, several at a time.
    virtual Attempt run(RunningJob& job, MovingContext& context) = 0;
    /// Ends what can be ended of runs whose jobs were given up. From any thread.
    virtual void abandon() {}
    /// Ends everything. No run is under way any more, or its end is not waited for.
    virtual void close() {}
};

class ThreadExecutor final : public Executor {
public:
    explicit ThreadExecutor(Handler handler) : handler_(std::move(handler)) {}
    Attempt run(RunningJob&, MovingContext& context) override {
        return run_handler(handler_, context);
    }

private:
    const Handler handler_;
};

}  // namespace toril::worker

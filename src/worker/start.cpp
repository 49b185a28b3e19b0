#include "worker/start.hpp"

#include "base/names.hpp"
#include "worker/isolation/process_executor.hpp"

#include <string>
#include <utility>

namespace toril::worker {
namespace {

constexpr int concurrency_max = 10'000;
constexpr Millis lock_duration_min{1'000};
constexpr Millis stalled_interval_min{100};
constexpr Millis duration_max{365LL * 86'400'000};
// Two years of minutes.
constexpr int metrics_points_most = 1'051'200;

Error refused(std::string message) {
    return {ErrorCode::invalid_argument, std::move(message)};
}

Status check_duration(const char* name, Millis value, Millis least) {
    if (value >= least && value <= duration_max) return {};
    return refused(std::string(name) + " is " + std::to_string(value.count()) +
                   " ms; it must be from " + std::to_string(least.count()) + " ms to 365 days");
}

Status check_keep(const char* name, const KeepJobs& keep) {
    if (keep.count.value_or(0) >= 0 && keep.age.value_or(Millis{0}) >= Millis{0}) return {};
    return refused(std::string(name) + ": the count and age of jobs to keep must not be negative");
}

Status check_counts(const WorkerOptions& options) {
    if (options.max_stalled_count < 0) return refused("max_stalled_count must not be negative");
    if (options.max_started_attempts < 0)
        return refused("max_started_attempts must not be negative; 0 is no limit");
    if (options.metrics_points_max < 0 || options.metrics_points_max > metrics_points_most)
        return refused("metrics_points_max is " + std::to_string(options.metrics_points_max) +
                       "; it must be from 0 (no metrics) to " +
                       std::to_string(metrics_points_most));
    return {};
}

Status check_limit(const WorkerOptions& options) {
    if (options.limit_max < 0) return refused("limit_max must not be negative; 0 is no limit");
    if (options.limit_max == 0) return {};
    return check_duration("limit_duration", options.limit_duration, Millis{1});
}

}  // namespace

Status check_worker_options(const WorkerOptions& options) {
    if (options.concurrency < 1 || options.concurrency > concurrency_max)
        return refused("concurrency is " + std::to_string(options.concurrency) +
                       "; it must be from 1 to " + std::to_string(concurrency_max));
    // The name ends up in a client's name and in the list of workers: the same rules as a job's.
    if (Status s = base::check_job_name(options.name); !s)
        return refused("the worker's name is not acceptable: " + s.error().message());
    if (Status s = check_duration("lock_duration", options.lock_duration, lock_duration_min); !s)
        return s;
    if (options.stalled_interval != Millis{0})
        if (Status s =
                check_duration("stalled_interval", options.stalled_interval, stalled_interval_min);
            !s)
            return s;
    if (Status s = check_counts(options); !s) return s;
    if (Status s = check_limit(options); !s) return s;
    if (Status s = check_duration("block_timeout", options.block_timeout, Millis{1}); !s) return s;
    if (Status s = check_duration("timeout", options.timeout, Millis{0}); !s) return s;
    if (Status s = check_duration("kill_after", options.kill_after, Millis{0}); !s) return s;
    if (Status s = check_keep("remove_on_complete", options.remove_on_complete); !s) return s;
    return check_keep("remove_on_fail", options.remove_on_fail);
}

Result<std::shared_ptr<Engine>> start_engine(EngineSetup setup, Handler handler) {
    if (Status s = base::check_queue_name(setup.queue); !s) return s.error();
    if (Status s = check_worker_options(setup.options); !s) return s.error();
    if (!handler) return refused("a worker needs a handler");
    if (setup.options.isolation == Isolation::process) {
        auto executor = ProcessExecutor::start(handler, setup.options.kill_after);
        if (!executor) return executor.error();
        setup.executor = std::move(*executor);
    } else {
        setup.executor = std::make_shared<ThreadExecutor>(std::move(handler));
    }
    auto engine = std::make_shared<Engine>(std::move(setup));
    engine->start();
    return engine;
}

}  // namespace toril::worker

#pragma once

#include <toril/error.hpp>
#include <toril/fwd.hpp>
#include <toril/job.hpp>
#include <toril/json.hpp>
#include <toril/result.hpp>
#include <toril/time.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace toril {

/// The largest return value a job may have, in bytes of JSON: 16 MiB. A larger one fails the
/// attempt.
inline constexpr std::size_t return_value_bytes_max = 16u * 1024 * 1024;
/// A failure's reason is cut to this: 64 KiB.
inline constexpr std::size_t failed_reason_bytes_max = 64u * 1024;

/// What a handler is given: the job, and the ways to talk back while it runs.
///
/// Threads: only the handler's own, but for `stop_token`.
class JobContext {
public:
    virtual ~JobContext() = default;

    const JobId& id() const noexcept { return job().id; }
    const std::string& name() const noexcept { return job().name; }
    const Json& data() const noexcept { return job().data; }

    /// The job as it was when it was taken.
    virtual const Job& job() const noexcept = 0;

    /// 1 on the first run.
    int attempt() const noexcept { return job().attempts_made + 1; }

    // Answers that are no failure and cost no attempt. They count when they are returned:
    //
    //     return context.move_to_delayed(5min);
    //
    /// The job runs again after `delay`.
    virtual Error move_to_delayed(Millis delay) = 0;
    /// The job runs again when its children, in most cases added by this run, are done; at once
    /// when they are. With a child that failed and takes its parent with it the job fails.
    virtual Error move_to_waiting_children() = 0;
    /// Back to the front of the queue, of which no worker with a rate limit starts a job for
    /// `duration`. For answers like "429, retry after".
    virtual Error rate_limit(Millis duration) = 0;

    /// What the job's children returned, by "queue:id"; of ignored ones nothing. Blocks.
    virtual Result<std::map<std::string, Json>> children_values() = 0;
    /// Why ignored children failed, by "queue:id". Blocks.
    virtual Result<std::map<std::string, std::string>> ignored_children_failures() = 0;
    /// Children that are not done. Blocks for one step.
    virtual Result<std::uint64_t> pending_children() = 0;

    /// Asks the handler to end early: the job was cancelled or timed out, its lock is lost,
    /// or the worker shuts down and its grace is over. What it returns then is an ordinary
    /// outcome if the lock is still ours.
    virtual std::stop_token stop_token() const noexcept = 0;

    /// Publishes progress: any JSON, a number from 0 to 100 by custom. Blocks for one step.
    virtual Status progress(const Json& value) = 0;

    /// Adds a row to the job's log. Blocks for one step.
    virtual Status log(std::string_view row) = 0;

    /// Replaces the job's data. Blocks for one step.
    virtual Status update_data(const Json& data) = 0;

    /// Renews the lock for `lock_duration` from now. The worker does this by itself; only a
    /// handler that blocks the whole process needs it. Errors: `not_owner` when it is lost.
    virtual Status extend_lock() = 0;
};

/// Does the job. Runs on a thread of the worker's pool (or in a child process), several at
/// the same time. Returns the return value (`Json{}` for none), or why this attempt failed:
///
///     return Error(ErrorCode::failed, "disk is full");          // retried, if attempts are left
///     return Error(ErrorCode::unrecoverable, "not a picture");  // fails for good
///
/// An exception is a failed attempt with its `what()` as reason, nested ones appended. It must
/// return when the context's stop token asks.
using Handler = std::function<Result<Json>(JobContext&)>;

/// Delay before the next attempt of a job whose backoff kind is `custom`. Empty: fail it now.
using BackoffStrategy =
    std::function<std::optional<Millis>(std::string_view type, const Job& job, int attempts_made)>;

enum class Isolation : unsigned char {
    thread,  ///< Handlers run on threads of this process.
    /// Each in a child process, used for one job after another: a crash, an endless loop or too
    /// much memory is one failed attempt, with the signal's name in its reason. Start such
    /// workers early, before the program has threads: children are made from a copy of it that
    /// is taken at the start, and what other threads hold at that moment stays held in them.
    process,
};

/// Things a worker tells its program. Called on a thread of the worker, with no lock held:
/// `active` on the handler's, before it; the others one at a time on the dispatcher's, which
/// also keeps the time limits, so be quick. What they throw is logged and dropped. `completed`
/// and `failed` come when the store has the outcome; `error` once an outage, not once a try.
struct WorkerHooks {
    std::function<void(const Job&)> active{};
    std::function<void(const Job&, const Json& return_value)> completed{};
    /// An attempt failed. `final`: the job failed for good.
    std::function<void(const Job&, const std::string& reason, bool final)> failed{};
    std::function<void(const JobId&)> stalled{};
    std::function<void()> drained{};  ///< Nothing is left to take for now.
    std::function<void(const Error&)> error{};
};

struct WorkerOptions {
    /// Jobs at the same time. 1 to 10'000.
    int concurrency = 5;

    /// Shown as the job's `processed_by` and in the list of workers. May be empty.
    std::string name{};

    /// A job whose worker does not renew for this long may be given to another. At least 1 s.
    Millis lock_duration{30'000};

    /// How often lost workers are looked for. At least 100 ms; 0: never, others do it.
    Millis stalled_interval{30'000};

    /// A job whose worker was lost more often than this fails. 0 or more.
    int max_stalled_count = 1;

    /// A job that began to run more often than this fails without running. 0: no limit. Unlike
    /// `attempts` it counts runs that ended without an outcome: stalled, delayed by the handler.
    int max_started_attempts = 0;

    /// At most `limit_max` starts per `limit_duration`, over all workers. 0: no limit.
    std::int64_t limit_max = 0;
    Millis limit_duration{0};

    /// Longest wait in the store for a job before looking again. BULLMQ_BLOCK_TIMEOUT.
    Millis block_timeout{30'000};

    /// Limit of one run. 0 (the default): none. When it passes, the handler's stop token asks;
    /// `kill_after` later a child process is killed. The attempt failed either way. A cancelled
    /// run gets `kill_after` too.
    Millis timeout{0};
    Millis kill_after{5'000};

    /// For jobs that do not say themselves. Empty: keep all.
    KeepJobs remove_on_complete{};
    KeepJobs remove_on_fail{};

    /// Finished jobs are counted per minute, for so many minutes. 0 (the default): they are not.
    int metrics_points_max = 0;

    BackoffStrategy backoff_strategy{};
    Isolation isolation = Isolation::thread;
    WorkerHooks hooks{};
};

/// Upper bounds of WorkerStats::durations, in seconds.
inline constexpr std::array<double, 14> job_duration_bounds{
    0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300};

/// What a worker has done so far. For statistics only: stale on return.
struct WorkerStats {
    std::uint64_t started = 0;
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;  ///< For good.
    std::uint64_t retried = 0;
    std::uint64_t stalled = 0;  ///< Recovered by this worker.
    std::uint64_t lost = 0;     ///< Locks lost while the job ran.
    int running = 0;
    /// Runs of the handler by how long they took; the last is those beyond all bounds.
    std::array<std::uint64_t, job_duration_bounds.size() + 1> durations{};
    std::chrono::microseconds busy{0};  ///< All of them together.
};

/// Takes jobs of one queue and runs the handler on them.
///
/// Threads:  one dispatcher, one that renews locks, and a pool for handlers that grows to
///           `concurrency`. Methods may be called from any thread, even from a handler, but
///           for `close`, which waits for handlers.
/// Failure:  while the store is away it waits and goes on by itself when it is back.
class Worker final {
public:
    /// Starts a worker. Works while Redis is down.
    ///
    /// Errors: `invalid_argument` for an option out of range or a queue name that Queue refuses.
    static Result<Worker> start(const Store& store,
                                std::string_view queue,
                                Handler handler,
                                const WorkerOptions& options = {});

    Worker(Worker&&) noexcept;
    Worker& operator=(Worker&&) noexcept;
    ~Worker();  // close(0)

    /// Stops taking jobs; running ones go on. Local: other workers take no notice.
    void pause();
    void resume();

    /// Blocks until nothing waits, runs, or becomes due within `due_within`; or until
    /// `close`. Errors: those of the store, while it is away for longer than `patience`.
    Status wait_until_idle(Millis due_within = Millis{0}, Millis patience = Millis{20'000});

    /// Stops taking jobs, waits for running ones until `grace` from now, asks the rest to stop
    /// and hands their jobs back: to the front of the queue, without costing an attempt.
    /// Answers how many were handed back. Blocks. Idempotent: a second call, also from another
    /// thread while one waits, shortens the wait to its own `grace`.
    ///
    /// Handlers that were asked have a second to return. One that does not is left to itself on
    /// its thread, and its context answers `cancelled`; what it captured must live on. Children
    /// of `Isolation::process` are killed. While the store is away this takes up to 5 s longer.
    std::size_t close(Millis grace = Millis{30'000});

    /// Asks the handler of a job that runs here to stop; see Queue::cancel, which does this from
    /// any process. An error that it returns or throws then fails the job for good, with `reason`;
    /// a value completes it. Answers whether the job runs here.
    bool cancel_job(std::string_view id, std::string_view reason = "cancelled");
    void cancel_all_jobs(std::string_view reason = "cancelled");

    WorkerStats stats_approx() const;
    /// The same for metrics: it may be called after the worker's end.
    std::function<WorkerStats()> stats_source() const;

private:
    class Impl;
    explicit Worker(std::unique_ptr<Impl> impl) noexcept;

    std::unique_ptr<Impl> impl_;  // null only in a moved-from Worker
};

}  // namespace toril

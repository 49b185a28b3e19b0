#pragma once

#include <toril/fwd.hpp>
#include <toril/job.hpp>
#include <toril/queue_values.hpp>
#include <toril/result.hpp>
#include <toril/search.hpp>
#include <toril/spool.hpp>
#include <toril/time.hpp>
#include <toril/worker_info.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace toril {

/// A page of jobs. Positions as in BullMQ: 0 is the first, -1 the last.
struct PageOptions {
    std::int64_t start = 0;
    std::int64_t end = 49;
    bool ascending = false;  ///< false: newest first.
};

/// How a pause is written on Redis, where BullMQ 5 and 6 differ. `automatic` looks which of
/// them the queue is shared with.
enum class PauseStyle : unsigned char { automatic, v5, v6 };

/// What `Queue::add_async` and a bulk item answer.
struct AddedJob {
    JobId id{};
    bool existed = false;  ///< The id was there already: nothing was added or changed.
    /// It was a duplicate of `id` by its `deduplication`: nothing was added.
    bool deduplicated = false;
    /// It is kept in the queue's spool and goes to the store when that is back. What that will
    /// make of it, `existed` for instance, is not known yet.
    bool spooled = false;
};

/// How to open a Queue. Set only what you mean.
struct QueueOptions {
    /// Adds are kept here while the store is away. Empty (the default): they fail then.
    std::optional<SpoolOptions> spool{};
};

/// A handle to one named queue: adds jobs, looks at them, changes them.
///
/// Threads:  any method, from any thread, at the same time. Callers that add at the same time
///           share one step of the store.
/// Blocking: a method returns when the store has answered, or after the store's command
///           timeout (15 s by default). `open` does no I/O.
/// Failure:  `unavailable`: the store is away, nothing was changed. `outcome_unknown`: the
///           link died and the store could not be asked again in time. Adds are repeated
///           under a token that makes this harmless, until the timeout.
/// Lifetime: shares the Store, so it may outlive the handle it was opened from.
class Queue final {
public:
    /// Opens queue `name`. Works while Redis is down; nothing is sent yet.
    ///
    /// Errors: `invalid_argument` if `name` is empty, longer than 512 bytes, or contains ':'
    /// or a control character.
    static Result<Queue> open(const Store& store, std::string_view name);

    /// With a spool: an add that the store does not answer within its `patience` is kept, answers
    /// with `spooled`, and is forwarded in the order of the acknowledgements, once each, by this
    /// process or a later one. New jobs go behind those in the spool. A job without an id of its
    /// own gets the id `s-<uuid>`, spooled or not. A forward that is repeated for more than 7 days
    /// is told by the job's id only. docs/guide/spool.md has the rest.
    ///
    /// Errors: also those of the file; `corrupt` when it is damaged: it was set aside then, and the
    /// next open begins anew. Adds: `limit_reached` when the spool or its disk is full.
    static Result<Queue> open(const Store& store,
                              std::string_view name,
                              const QueueOptions& options);

    Queue(Queue&&) noexcept;
    Queue& operator=(Queue&&) noexcept;
    /// With a spool: waits until its adds are answered or kept. What is in its file stays there; a
    /// spool in memory waits for the store, at most for the command timeout, and what is left then
    /// is lost, and logged as `spool.lost`.
    ///
    /// Without: waits for unanswered adds, at most a little longer than the command timeout; those
    /// that were not sent by then answer `cancelled`. Not to be destroyed by a callback of its own.
    ~Queue();

    const std::string& name() const noexcept;

    /// Adds one job and returns its id. Once this returns, the store has it.
    ///
    /// Errors: `invalid_argument` when an option or the name is out of range (see JobOptions),
    /// `limit_reached` when the payload is too large, and those of the class.
    Result<AddedJob> add(std::string_view name, const Json& data, const JobOptions& options = {});

    /// Adds many, in order, in as few steps as possible; answers each. A refused one does
    /// not keep the others from being added. Each step is repeated by itself after an outage,
    /// so one may then be overtaken by the next.
    std::vector<Result<AddedJob>> add_bulk(std::span<const NewJob> jobs);

    /// Adds one without waiting. `done` is called once, on a thread of the store: it must be
    /// quick and must not block. More than 100'000 unanswered adds: `limit_reached`, at once.
    void add_async(NewJob job, std::function<void(Result<AddedJob>)> done);

    /// Of the spool; all zero without one. Does not block.
    SpoolStats spool_stats() const;
    /// Blocks until the spool is empty and all adds are answered. Errors: `timed_out`, with the
    /// number of jobs that are left; their forwarding goes on.
    Status flush_spool(Millis deadline);

    /// Errors: `not_found`.
    Result<Job> job(std::string_view id) const;
    Result<JobCounts> counts() const;
    /// Jobs of one state, the first 50 and newest first by default.
    Result<std::vector<Job>> jobs(JobState state, const PageOptions& page = {}) const;
    /// Log rows of a job, oldest first unless `page.ascending` is false; all by default.
    Result<JobLogs> logs(std::string_view id,
                         const PageOptions& page = {
                             .start = 0, .end = -1, .ascending = true}) const;
    Status add_log(std::string_view id, std::string_view row);

    /// Blocks until the job is completed or failed, or is removed, or `timeout` has passed.
    ///
    /// Errors: `timed_out`; `not_found` when the job is removed, at once or while waiting.
    Result<Job> wait_until_finished(std::string_view id, Millis timeout) const;

    /// Puts a failed (or, if asked, completed) job back. `reset_attempts`: with all its attempts
    /// before it, else with none but this one. Errors: `not_found`, `wrong_state`.
    Status retry(std::string_view id,
                 JobState from = JobState::failed,
                 bool reset_attempts = false);
    /// Puts all of them back; answers how many.
    Result<std::size_t> retry_all(JobState from = JobState::failed);
    /// Makes a delayed job run now. Errors: `not_found`, `wrong_state`.
    Status promote(std::string_view id);
    Result<std::size_t> promote_all();
    /// Removes a job and its children. Errors: `not_found`, `wrong_state` while it runs.
    Status remove(std::string_view id, bool children_too = true);
    /// Ends a job, wherever it is. One that waits fails at once with `reason`. The handler of one
    /// that runs, in whatever process, is asked to stop; the job then fails for good with
    /// `reason`, unless the handler completes it nevertheless. A child process of
    /// `Isolation::process` that does not is killed after `kill_after`. Node takes no notice.
    ///
    /// Answers the state in which the job was found. Errors: `not_found`; `wrong_state` when it
    /// is finished already.
    Result<JobState> cancel(std::string_view id, std::string_view reason = "cancelled");
    Status update_data(std::string_view id, const Json& data);
    Status update_progress(std::string_view id, const Json& progress);
    /// Due again this long from now. Errors: `not_found`, `wrong_state` if it is not delayed.
    Status change_delay(std::string_view id, Millis delay);
    /// `lifo`: to the front of its priority. Errors: `not_found`, `invalid_argument`.
    Status change_priority(std::string_view id, int priority, bool lifo = false);

    /// Children of a job, all of them. Errors: `not_found`.
    Result<JobDependencies> dependencies(std::string_view id) const;
    Result<JobDependencyCounts> dependency_counts(std::string_view id) const;
    /// Removes the children that no worker has and that have not finished, with their own. The
    /// job runs if it waited for nothing else. Answers how many went.
    Result<std::size_t> remove_unprocessed_children(std::string_view id);
    /// Cuts a child from its parent, which goes on if it waited for nothing else. Answers
    /// whether it depended on it. Errors: `not_found`.
    Result<bool> remove_child_dependency(std::string_view id);

    /// The job that holds a deduplication id; empty: none does.
    Result<JobId> deduplication_job_id(std::string_view deduplication_id) const;
    /// Lets the next add with this id in. Answers whether it was held. `only_for`: held by
    /// this job.
    Result<bool> remove_deduplication_key(std::string_view deduplication_id,
                                          std::string_view only_for = {});

    /// Jobs one after the other that match, from `states` in their order. Blocks for one step of
    /// the store at a time, of about 1000 jobs; `progress` is told how many were looked at, and
    /// stops the search by answering false. Jobs that move meanwhile may be missed.
    Status find(const JobFilter& filter,
                const std::function<bool(const Job&)>& found,
                const std::function<bool(std::uint64_t looked)>& progress = {}) const;

    /// In one sentence: why this job is not running, or where it is. Errors: `not_found`.
    Result<std::string> explain(std::string_view id) const;

    /// Stops workers from taking jobs. Running jobs go on. Idempotent.
    Status pause(PauseStyle style = PauseStyle::automatic);
    Status resume(PauseStyle style = PauseStyle::automatic);
    Result<bool> is_paused() const;
    Result<QueueSettings> settings() const;
    /// Who is connected to take jobs of this queue.
    Result<std::vector<WorkerInfo>> workers() const;

    /// Most active jobs over all workers of this queue. 0: no limit.
    Status set_concurrency(std::int64_t jobs_max);
    /// Most starts per `duration`, over all workers. 0: no limit. BullMQ's global rate limit:
    /// workers before 5.60 take no notice.
    Status set_rate_limit(std::int64_t starts_max, Millis duration);
    /// No worker that has a rate limit of its own, or the queue's, starts a job for so long.
    /// 0: they may again.
    Status rate_limit(Millis duration);
    /// How long no job can start because of rate limits; 0: one can. `starts_max`: of the
    /// worker's own limit; 0: the queue's.
    Result<Millis> rate_limit_ttl(std::int64_t starts_max = 0) const;

    /// Jobs that wait, by priority; 0 is those without one.
    Result<std::map<int, std::uint64_t>> counts_per_priority(std::span<const int> priorities) const;

    /// Finished jobs per minute. Only `completed` and `failed`; the newest first.
    Result<QueueMetrics> metrics(JobState state,
                                 std::int64_t start = 0,
                                 std::int64_t end = -1) const;
    /// Counts and totals as Prometheus text, with BullMQ's metric names; the last line ends too.
    /// `labels` are added to each sample. Errors: `invalid_argument` for the name of a label.
    Result<std::string> prometheus_metrics(
        const std::map<std::string, std::string>& labels = {}) const;

    /// Adds an event of your own to the queue's stream: at most 1 MiB, and none of BullMQ's names.
    Status publish_event(std::string_view name,
                         const std::vector<std::pair<std::string, std::string>>& fields);
    /// Removes the oldest events but about `kept`. Answers how many went.
    Result<std::uint64_t> trim_events(std::uint64_t kept);

    /// Removes all jobs that wait, delayed ones too if asked. Answers how many.
    Result<std::size_t> drain(bool delayed_too = false);
    /// Removes jobs of one state that are older than `age`: since they finished, else since
    /// they were added. At most `jobs_max` (0: all). Answers their ids.
    Result<std::vector<JobId>> clean(JobState state, Millis age, std::size_t jobs_max = 0);
    /// Removes the queue with everything in it. Errors: `wrong_state` when jobs are running
    /// and `force` is not set; the queue stays paused then.
    Status obliterate(bool force = false);

private:
    friend class Metrics;  // keeps one to ask in the background
    class Impl;
    explicit Queue(std::shared_ptr<Impl> impl) noexcept;

    std::shared_ptr<Impl> impl_;  // null only in a moved-from Queue
};

}  // namespace toril

#pragma once

#include <toril/fwd.hpp>
#include <toril/job.hpp>
#include <toril/result.hpp>
#include <toril/time.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace toril {

/// A page of jobs. Positions as in BullMQ: 0 is the first, -1 the last.
struct PageOptions {
    std::int64_t start = 0;
    std::int64_t end = 49;
    bool ascending = false;  ///< false: newest first.
};

struct JobLogs {
    std::vector<std::string> rows{};
    std::uint64_t total = 0;
};

/// How a pause is written on Redis, where BullMQ 5 and 6 differ. `automatic` looks which of
/// them the queue is shared with.
enum class PauseStyle : unsigned char { automatic, v5, v6 };

/// What `Queue::add_async` and a bulk item answer.
struct AddedJob {
    JobId id{};
    bool existed = false;  ///< The id was there already: nothing was added or changed.
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

    Queue(Queue&&) noexcept;
    Queue& operator=(Queue&&) noexcept;
    /// Waits for unanswered adds, at most a little longer than the command timeout; those that
    /// were not sent by then answer `cancelled`. Not to be destroyed by a callback of its own.
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

    /// Puts a failed (or, if asked, completed) job back. Errors: `not_found`, `wrong_state`.
    Status retry(std::string_view id, JobState from = JobState::failed);
    /// Puts all of them back; answers how many.
    Result<std::size_t> retry_all(JobState from = JobState::failed);
    /// Makes a delayed job run now. Errors: `not_found`, `wrong_state`.
    Status promote(std::string_view id);
    Result<std::size_t> promote_all();
    /// Removes a job and its children. Errors: `not_found`, `wrong_state` while it runs.
    Status remove(std::string_view id);
    Status update_data(std::string_view id, const Json& data);
    Status update_progress(std::string_view id, const Json& progress);
    /// Due again this long from now. Errors: `not_found`, `wrong_state` if it is not delayed.
    Status change_delay(std::string_view id, Millis delay);
    /// `lifo`: to the front of its priority. Errors: `not_found`, `invalid_argument`.
    Status change_priority(std::string_view id, int priority, bool lifo = false);

    /// Stops workers from taking jobs. Running jobs go on. Idempotent.
    Status pause(PauseStyle style = PauseStyle::automatic);
    Status resume(PauseStyle style = PauseStyle::automatic);
    Result<bool> is_paused() const;

    /// Most active jobs over all workers of this queue. 0: no limit.
    Status set_concurrency(std::int64_t jobs_max);

    /// Removes all jobs that wait, delayed ones too if asked. Answers how many.
    Result<std::size_t> drain(bool delayed_too = false);
    /// Removes jobs of one state that are older than `age`: since they finished, else since
    /// they were added. At most `jobs_max` (0: all). Answers their ids.
    Result<std::vector<JobId>> clean(JobState state, Millis age, std::size_t jobs_max = 0);
    /// Removes the queue with everything in it. Errors: `wrong_state` when jobs are running
    /// and `force` is not set; the queue stays paused then.
    Status obliterate(bool force = false);

private:
    class Impl;
    explicit Queue(std::shared_ptr<Impl> impl) noexcept;

    std::shared_ptr<Impl> impl_;  // null only in a moved-from Queue
};

}  // namespace toril

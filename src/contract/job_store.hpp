#pragma once

// What a backend must do for queues. Internal: it changes when we need it to, and nobody
// outside this repository implements it. docs/internals/store-contract.md says why.
//
// Rules for every implementation (tests/conformance holds them to it):
//  - One call is one atomic step. There is no "read, decide, write" above this line.
//  - Every call takes a batch and answers each of its items. One is a batch of one.
//    Batches are bounded by `batch_jobs_max`; the callers above keep to it.
//  - Every `Done` is called exactly once: on a thread of the store, or on the calling thread
//    before the call returns. So never call with a lock held that the Done takes. A Done is
//    quick and never blocks: it hands over and wakes somebody.
//  - Time is an argument. `now` at the epoch (the default) means the store's own clock; that
//    is what programs pass, so that due times do not depend on a client's clock. Tests pass a
//    time, and never sleep.
//  - Three outcomes. `unavailable`: nothing was changed. `outcome_unknown`: it may have
//    happened; repeating the call with the same repeat token (or worker) and sequence does
//    it at most once and gives the first answer. Anything else is a definite no.
//  - A refused move is an Error with a code. A job that is not there is `not_found`.
//  - Options are decided above: a store keeps `opts` as text and does what it is told.

#include "contract/event.hpp"
#include "contract/flow.hpp"
#include "contract/inspection.hpp"
#include "contract/scheduler.hpp"

#include <toril/job.hpp>
#include <toril/result.hpp>
#include <toril/time.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace toril::contract {

/// Most jobs in one batch. 500 adds hold a Redis for about 7 ms at 14 us each; the layers
/// above send up to this many only when that many callers wait.
inline constexpr std::size_t batch_jobs_max = 500;

/// How long the latest call under a repeat token is remembered. Far longer than any retry deadline.
inline constexpr Millis repeat_token_lifetime{600'000};

template <class T>
using Done = std::function<void(Result<T>)>;
using DoneStatus = std::function<void(Status)>;

/// What an acknowledged write survives.
enum class Durability : unsigned char {
    fsync,       ///< A power cut.
    buffered,    ///< A crash of any process; a power cut may take the last second or two.
    in_process,  ///< Nothing: it is gone with the process.
    unknown,     ///< The server's own setting, which we were not allowed to read.
};
std::string_view to_string(Durability durability) noexcept;

/// What differs between backends and is allowed to. Asked, never guessed from a name.
struct Capabilities {
    bool shared = false;             ///< Other processes see this store.
    bool outcomes_get_lost = false;  ///< A link can die after the send: callers give repeat tokens.
    bool needs_lease_time = false;   ///< A lost worker is noticed only when its lock expires.
};

// ---- adding ---------------------------------------------------------------------------

struct AddJob {
    JobId id{};  // empty: the store counts one up
    std::string name{};
    std::string data{};  // JSON text, checked above
    std::string opts{};  // BullMQ's JSON (base/options_codec), kept as it is
    Millis delay{0};     // more than 0: delayed
    int priority = 0;    // more than 0, and no delay: prioritized
    bool lifo = false;
    Timestamp timestamp{};  // the epoch: `now`
    std::optional<Deduplication> deduplication{};
    std::optional<ParentLink> parent{};
    bool has_children = false;     // waits for them; only in `add_flow`
    std::string repeat_job_key{};  // the scheduler that makes it
};

struct AddParams {
    std::string queue{};
    std::vector<AddJob> jobs{};
    // Empty: a repeat would add again. Its owner has one add at a time under it and counts
    // `repeat_sequence` up with each new one; only the latest has to be remembered.
    std::string repeat_token{};
    std::uint64_t repeat_sequence = 0;
    Timestamp now{};
    Millis repeat_lifetime{repeat_token_lifetime};  // how long this answer is kept for repeats
};

struct Added {
    JobId id{};
    bool existed = false;       // the id was there already; nothing was changed
    bool deduplicated = false;  // `id` holds the deduplication id; nothing was added

    friend bool operator==(const Added&, const Added&) = default;
};

/// Jobs in any queues of one prefix: all are added in one step, or none is. A job that exists
/// already gets the new parent if it has no living one (bullmq-wire 3.2.5).
struct AddFlowParams {
    struct Node {
        std::string queue{};
        AddJob job{};  // with an id; a parent comes before its children
    };
    std::vector<Node> nodes{};  // at most `toril::flow_jobs_max`
    std::string repeat_token{};
    std::uint64_t repeat_sequence = 0;
    Timestamp now{};
};

// ---- taking and finishing ---------------------------------------------------------------

/// At most `max` starts per `duration`, in fixed windows that open with the first start.
struct RateLimit {
    std::int64_t max = 0;
    Millis duration{0};
};

/// Who takes. `worker` is unique to one Worker object and makes repeats harmless together
/// with a sequence number; `name` (may be empty) is shown as the job's `processed_by`.
struct Taker {
    std::string worker{};
    std::string name{};
    Millis lock_duration{30'000};
    std::optional<RateLimit> limit{};
    int metrics_points_max = 0;  // 0: finished jobs are not counted per minute
};

struct Outcome {
    enum class Kind : unsigned char {
        complete,   // final; `value` is the return value's JSON
        fail,       // final; `value` is the reason, plain text
        retry,      // an attempt is used up; again after `delay` (0: at once, at the queue's end)
        hand_back,  // no attempt is used up; back to the front of the queue
        // By the handler's own wish, no attempt is used up either:
        postpone,       // again after `delay` (0: at once, at the queue's end)
        wait_children,  // when its children are done; at once, at the front, when they are
        rate_limit,     // back to the front; nobody starts a job for `delay`
    };
    JobId id{};
    std::string token{};  // of the take that gave it
    Kind kind = Kind::complete;
    std::string value{};       // complete, fail, retry
    std::string stacktrace{};  // fail, retry: the whole new JSON array of strings
    Millis delay{0};           // retry, postpone, rate_limit
    KeepJobs keep{};           // complete, fail
    int attempts = 1;          // fail: to tell whether they are exhausted
    // What the take said of the job, which saves a store a look: nobody else may change these
    // while the lock is held. Empty: it looks.
    std::optional<int> attempts_made{};
    bool is_deduplicated = false;
};

/// Finishes some jobs and takes others, in one step. Either part may be empty.
///
/// A Worker has at most one call in flight per `lane` and counts `sequence` up by one with
/// each new call of a lane, from 1. Sent again with the same worker, lane and sequence, a
/// call does nothing new and answers what it answered first.
struct FinishAndTakeParams {
    std::string queue{};
    Taker taker{};
    int lane = 0;
    std::uint64_t sequence = 0;
    std::vector<Outcome> outcomes{};
    std::size_t take = 0;
    std::string token{};  // for the locks of the jobs taken now
    Timestamp now{};
};

/// What a worker needs to run a job.
struct TakenJob {
    JobId id{};
    std::string name{};
    std::string data{};
    std::string opts{};
    std::string progress{};    // JSON text; empty: none
    std::string stacktrace{};  // JSON array text; empty: none
    std::string parent_key{};
    std::string parent{};  // JSON text; empty: none
    std::string deduplication_id{};
    std::string repeat_job_key{};
    std::string deferred_failure{};  // not empty: fail it with this, without running it
    int attempts_made = 0;
    int attempts_started = 0;  // this run included
    int stalled_counter = 0;
    int priority = 0;
    Timestamp timestamp{};
    Timestamp processed_on{};
};

struct FinishedAndTaken {
    /// One an outcome, in order. `not_owner`: the lock is gone or another's, nothing was
    /// changed. `not_found`: no such job. `wrong_state`: not active. A completion with pending
    /// children is `failed`, one with failed children (and a wait for children) is
    /// `unrecoverable`: nothing was changed, and the caller makes it a failure of its own.
    std::vector<Status> finished{};
    std::vector<TakenJob> jobs{};
    /// When the next delayed job is due; the epoch: none is.
    Timestamp next_due{};
    /// More than 0: the rate limit is used up for this long.
    Millis limited_for{0};
    /// Paused, or at the queue's own limit of active jobs.
    bool blocked = false;
};

struct Lease {
    JobId id{};
    std::string token{};
};

struct StalledParams {
    std::string queue{};
    /// One check per this interval for all workers together; others return at once.
    Millis interval{30'000};
    int stalled_max = 1;
    Timestamp now{};
};

// ---- looking and changing -----------------------------------------------------------------

/// Positions as in BullMQ: 0 is the first, -1 the last.
struct PageParams {
    std::string queue{};
    JobState state = JobState::waiting;
    std::int64_t start = 0;
    std::int64_t end = 49;
    bool ascending = false;  // false: newest first
};

struct LogPage {
    std::vector<std::string> rows{};
    std::uint64_t total = 0;
};

struct JobRef {
    std::string queue{};
    JobId id{};
};

struct LogParams {
    JobRef job{};
    std::string row{};
    std::optional<int> keep{};
};

struct LogPageParams {
    JobRef job{};
    std::int64_t start = 0;
    std::int64_t end = -1;
    bool ascending = true;
};

struct RetryParams {
    JobRef job{};
    JobState from = JobState::failed;  // failed or completed
    bool reset_attempts = false;       // attempts made and started become 0
    Timestamp now{};
};

struct RetryAllParams {
    std::string queue{};
    JobState from = JobState::failed;  // failed, completed; delayed: promotes
    std::size_t count = 1000;          // at most this many in one step
    Timestamp until{};                 // finished (due, for delayed) no later; the epoch: any time
    Timestamp now{};
};

struct CleanParams {
    std::string queue{};
    JobState state = JobState::completed;
    Millis older_than{0};
    std::size_t count = 1000;  // at most this many in one step
    Timestamp now{};
};

/// How a pause is written. Stores other than Redis take no notice.
enum class PauseStyle : unsigned char { automatic, v5, v6 };

struct QueueInfo {
    bool paused = false;
    std::optional<std::int64_t> concurrency{};  // most active jobs over all workers
    std::optional<RateLimit> limit{};           // most starts over all workers
    std::string version{};                      // of the client that wrote it, if any said
};

// ---- waiting --------------------------------------------------------------------------------

/// Waits for something to do in one queue without asking again and again. Its own
/// connection where the store has connections.
class Watcher {
public:
    virtual ~Watcher() = default;

    /// Calls back when there may be something, or after `at_most`. A hint, not a promise:
    /// the caller looks and waits again. What happened since the last call counts, so
    /// nothing falls between two waits. One wait at a time.
    ///
    /// The answer is the time at which the next delayed job is due if the store said so,
    /// else the epoch. Errors: `cancelled` after `interrupt`, `unavailable` while the store
    /// is away (after a pause chosen by the store, so that a caller may simply ask again).
    virtual void wait(Millis at_most, Done<Timestamp> done) = 0;

    /// Ends a wait that is under way, and makes later ones return at once. From any thread.
    virtual void interrupt() = 0;
};

enum class WatchFor : unsigned char {
    work,           ///< A job that can be taken. One of several watchers may be woken for it.
    changes,        ///< Anything: a job added, finished, removed. All watchers are woken.
    cancellations,  ///< A running job was asked to stop: `renew` says which. All are woken.
};

struct WatchParams {
    std::string queue{};
    WatchFor what = WatchFor::work;
    std::string name{};  // of the worker, for the store's list of clients
};

// ---- the store ---------------------------------------------------------------------------------

class JobStore {
public:
    virtual ~JobStore() = default;

    virtual Capabilities capabilities() const noexcept = 0;
    virtual Durability durability() const noexcept = 0;

    /// Answers one item a job, in order.
    virtual void add(AddParams params, Done<std::vector<Result<Added>>> done) = 0;

    /// Answers one item a job, in order. If any was refused (`wrong_state`: it exists and has
    /// another living parent; `not_found`: its parent outside this flow is not there), nothing
    /// was changed, and the others are refused with `cancelled`.
    virtual void add_flow(AddFlowParams params, Done<std::vector<Result<Added>>> done) = 0;

    /// Finishes, then promotes what is due, then takes: jobs without priority first, in
    /// order; then by priority.
    virtual void finish_and_take(FinishAndTakeParams params, Done<FinishedAndTaken> done) = 0;

    /// Renews locks. Answers one item a lease: `not_owner` when it is lost; `cancelled`, with
    /// the reason as its message, when it was renewed but the job was asked to stop.
    virtual void renew(std::string queue,
                       std::vector<Lease> leases,
                       Millis lock_duration,
                       Timestamp now,
                       Done<std::vector<Status>> done) = 0;

    /// Puts jobs whose worker is gone back to the front of the queue. One that was put back
    /// `stalled_max` times already fails at its next take. Two-phase as in BullMQ where locks
    /// expire; at once where the store knows that the worker's process is dead.
    virtual void recover_stalled(StalledParams params, Done<std::vector<JobId>> done) = 0;

    /// Text with which the tokens of this process' workers begin, at most 24 bytes: by it
    /// `recover_dead` of another process tells that this one is gone. Empty: it cannot.
    virtual std::string process_tag() const = 0;
    /// As `recover_stalled`, but only jobs whose worker's process is proved to be dead, at once
    /// and without an interval. Never a job of a process that lives. Answers none where the
    /// store does so by itself, or cannot know.
    virtual void recover_dead(std::string queue,
                              int stalled_max,
                              Done<std::vector<JobId>> done) = 0;

    virtual std::unique_ptr<Watcher> watch(WatchParams params) = 0;

    // Looking. None of these changes anything.
    virtual void queues(Done<std::vector<std::string>> done) = 0;
    virtual void info(std::string queue, Done<QueueInfo> done) = 0;
    virtual void counts(std::string queue, Done<JobCounts> done) = 0;
    virtual void page(PageParams params, Done<std::vector<Job>> done) = 0;
    virtual void job(JobRef job, Done<Job> done) = 0;
    virtual void logs(LogPageParams params, Done<LogPage> done) = 0;

    // One job.
    virtual void promote(JobRef job, Timestamp now, DoneStatus done) = 0;
    virtual void change_delay(JobRef job, Millis delay, Timestamp now, DoneStatus done) = 0;
    virtual void change_priority(JobRef job, int priority, bool lifo, DoneStatus done) = 0;
    virtual void update_data(JobRef job, std::string data, DoneStatus done) = 0;
    virtual void update_progress(JobRef job, std::string progress, DoneStatus done) = 0;
    virtual void add_log(LogParams params, Done<std::uint64_t> rows) = 0;
    /// Errors: `wrong_state` when it is not in `from`. A retry keeps attempts_made.
    virtual void retry(RetryParams params, DoneStatus done) = 0;
    /// Errors: `wrong_state` when it, or a child that would go with it, is locked by a worker,
    /// or a scheduler hangs on it.
    virtual void remove(JobRef job, bool children_too, DoneStatus done) = 0;
    /// A job that is not finished ends: one that runs is asked to stop (its next `renew` says
    /// so), another fails with `reason`, with everything that a failure does to a parent and a
    /// deduplication id. Answers the state it was in. Errors: `not_found`; `wrong_state` when it
    /// is finished.
    virtual void cancel(JobRef job, std::string reason, Timestamp now, Done<JobState> was) = 0;

    // Flows.
    virtual void dependencies(DependencyParams params, Done<DependencyPage> done) = 0;
    virtual void dependency_counts(JobRef job, Done<DependencyCounts> done) = 0;
    virtual void remove_unprocessed_children(JobRef job, Done<std::size_t> removed) = 0;
    /// Answers whether its parent depended on it. Errors: `not_found` also without a parent.
    virtual void remove_child_dependency(JobRef job, Done<bool> was) = 0;

    // Schedulers.
    /// Errors: `wrong_state` when jobs stand where its next run would (codes -10, -11).
    virtual void upsert_scheduler(UpsertSchedulerParams params, Done<ScheduledRun> done) = 0;
    /// Makes the run after `job`, if that is the pending one; else does nothing. Answers whether
    /// it made one. Runs beyond the scheduler's limit or end are not made.
    virtual void continue_scheduler(ContinueSchedulerParams params, Done<bool> done) = 0;
    virtual void scheduler(std::string queue, std::string id, Done<Scheduler> done) = 0;
    /// By next run. Positions as in BullMQ.
    virtual void schedulers(PageParams params, Done<std::vector<Scheduler>> done) = 0;
    virtual void remove_scheduler(std::string queue, std::string id, DoneStatus done) = 0;

    // Deduplication. Empty: nobody holds it.
    virtual void deduplication_holder(std::string queue, std::string id, Done<JobId> done) = 0;
    /// `only_for` empty: whoever holds it. Answers whether it was held.
    virtual void remove_deduplication(std::string queue,
                                      std::string id,
                                      JobId only_for,
                                      Done<bool> was) = 0;

    // The whole queue. Those that answer a count do at most `count` (or 1000) jobs in one
    // step: the caller repeats while they answer that many.
    virtual void retry_all(RetryAllParams params, Done<std::size_t> done) = 0;
    virtual void pause(std::string queue, PauseStyle style, DoneStatus done) = 0;
    virtual void resume(std::string queue, PauseStyle style, DoneStatus done) = 0;
    /// Sets the most active jobs over all workers; empty: no limit.
    virtual void set_concurrency(std::string queue,
                                 std::optional<std::int64_t> max,
                                 DoneStatus done) = 0;
    virtual void set_rate_limit(std::string queue,
                                std::optional<RateLimit> limit,
                                DoneStatus done) = 0;
    /// No start for so long, for workers with a limit (or a queue with one). 0: again.
    virtual void rate_limit_for(std::string queue,
                                Millis duration,
                                Timestamp now,
                                DoneStatus done) = 0;
    /// `max` 0: the queue's limit, and without one any manual limit.
    virtual void rate_limit_ttl(std::string queue,
                                std::int64_t max,
                                Timestamp now,
                                Done<Millis> done) = 0;
    /// Waiting jobs of each of these priorities, in their order.
    virtual void counts_per_priority(std::string queue,
                                     std::vector<int> priorities,
                                     Done<std::vector<std::uint64_t>> done) = 0;

    // Events.
    virtual std::unique_ptr<EventReader> read_events(EventReaderParams params) = 0;
    virtual void publish_event(PublishEventParams params, DoneStatus done) = 0;
    /// Answers how many went.
    virtual void trim_events(std::string queue, std::uint64_t kept, Done<std::uint64_t> done) = 0;
    virtual void metrics(MetricsParams params, Done<Metrics> done) = 0;

    // For operators.
    virtual void workers(std::string queue, Done<std::vector<WorkerInfo>> done) = 0;
    virtual void find(FindParams params, Done<Found> done) = 0;
    virtual void examine(ExamineParams params, Done<std::vector<Finding>> done) = 0;

    /// Removes what waits (and, if asked, what is delayed). Answers how many went.
    virtual void drain(std::string queue, bool delayed_too, Done<std::size_t> done) = 0;
    virtual void clean(CleanParams params, Done<std::vector<JobId>> done) = 0;
    /// Removes the queue and everything in it, a step at a time: answers whether more is
    /// left. Pauses it first. Errors: `wrong_state` when jobs are active and `force` is not set.
    virtual void obliterate(std::string queue, bool force, Done<bool> more) = 0;

    /// Finishes what is under way until `deadline` from now, then ends; later calls answer
    /// `cancelled`. Blocks. Idempotent.
    virtual Status close(Millis deadline) = 0;
};

}  // namespace toril::contract

#pragma once

#include <toril/json.hpp>
#include <toril/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace toril {

/// Text of at most `job_id_bytes_max` bytes, unique in its queue.
using JobId = std::string;

inline constexpr std::size_t job_id_bytes_max = 512;
inline constexpr std::size_t queue_name_bytes_max = 512;
inline constexpr std::size_t job_name_bytes_max = 4096;
/// 2^21 - 1, as in BullMQ: beyond it a double loses the order of arrival.
inline constexpr int priority_max = 2'097'151;
/// The largest payload accepted when nothing else is said: 64 MiB.
inline constexpr std::size_t payload_bytes_default_max = 64u * 1024 * 1024;

/// Where a job is. `waiting` includes the jobs of a paused queue.
enum class JobState : unsigned char {
    waiting,
    active,
    delayed,
    prioritized,
    waiting_children,
    completed,
    failed,
    unknown,  ///< The job's record exists, but no list holds it.
};

/// BullMQ's spelling: `"waiting"`, `"waiting-children"` and so on.
std::string_view to_string(JobState state) noexcept;

/// Reads BullMQ's spelling; also `"wait"` and `"paused"`, which mean `waiting`.
std::optional<JobState> job_state_from(std::string_view text) noexcept;

/// How long to wait before the next attempt of a job that failed.
struct Backoff {
    enum class Kind : unsigned char {
        none,         ///< At once.
        fixed,        ///< `delay` each time.
        exponential,  ///< `delay` x 2^(attempt-1): 2 s, 4 s, 8 s for 2 s.
        custom,       ///< The worker's `backoff_strategy` decides; it is given `type`.
    };
    Kind kind = Kind::none;
    Millis delay{0};
    /// 0: exact. 0.5: anything from half of it to all of it. 1: anything up to it.
    double jitter = 0;
    /// With `custom` only: the name that the strategy is asked by.
    std::string type{};

    friend bool operator==(const Backoff&, const Backoff&) = default;
};

/// Which finished jobs stay for a look at them. The default keeps them all.
///
/// Old ones are removed when another job of the queue finishes, not by a timer.
struct KeepJobs {
    /// At most this many, the newest. 0: none, a job goes as soon as it is finished.
    std::optional<std::int64_t> count{};
    /// At most this old. Rounded down to whole seconds, as BullMQ stores it.
    std::optional<Millis> age{};

    static KeepJobs none() { return {.count = 0}; }

    friend bool operator==(const KeepJobs&, const KeepJobs&) = default;
};

/// What a child that failed for good does to its parent.
enum class ParentPolicy : unsigned char {
    /// Nothing: the parent waits until the child is retried and completes, or is removed.
    none,
    fail_parent,        ///< The parent fails too. `failParentOnFailure`.
    continue_parent,    ///< The parent runs at once, whatever its other children do.
    ignore_dependency,  ///< As if it had completed; the parent can ask for the reason.
    remove_dependency,  ///< As if it had never been a child.
};

/// A job that another one waits for.
struct ParentRef {
    std::string queue{};
    JobId id{};

    friend bool operator==(const ParentRef&, const ParentRef&) = default;
};

/// Adds that mean the same: while one with this id is there, or for a time, others add nothing
/// and answer its id.
///
///     {.id = "x"}                                  until that job has completed or failed
///     {.id = "x", .ttl = 5s}                       throttle: 5 s long, whatever becomes of it
///     {.id = "x", .ttl = 5s, .extend = true}       each add begins the 5 s anew
///     {.id = "x", .ttl = 5s, .extend = true, .replace = true}, with `delay = 5s`
///                                                  debounce: the last one counts
struct Deduplication {
    /// Not empty, at most `job_id_bytes_max` bytes, no control characters.
    std::string id{};
    /// 0: until the job is finished or removed.
    Millis ttl{0};
    bool extend = false;
    /// A job that is still delayed is replaced by the new one.
    bool replace = false;
    /// A job that is still delayed gets the delay of the new one, and stays.
    bool reschedule = false;
    /// While the job runs, the last one added is kept and joins the queue when it is finished.
    bool keep_last_if_active = false;

    friend bool operator==(const Deduplication&, const Deduplication&) = default;
};

/// How to add one job. Set only what you mean; the rest keeps its default:
///
///     queue.add("resize", payload, {.attempts = 3, .delay = 2s});
struct JobOptions {
    /// Your own id. Adding an id that exists adds nothing and returns that id.
    /// Empty (the default): the store makes one.
    ///
    /// Refused: integers such as "12", "0" and "0:...", a ':', control characters, more
    /// than 512 bytes, and the names that BullMQ uses for its own keys ("wait", "meta", ...).
    JobId id{};

    /// How often the handler may run in all, the first run included. At least 1.
    int attempts = 1;

    /// What happens between attempts.
    Backoff backoff{};

    /// Not before this long from now, by the store's clock. Zero (the default): at once.
    Millis delay{0};

    /// 1 is served first, 2'097'151 last. 0 (the default): none, served before all of those.
    int priority = 0;

    /// Served before the jobs that wait already. No effect with `delay` or `priority`.
    bool lifo = false;

    /// Empty (the default): the worker's own setting, which keeps all.
    std::optional<KeepJobs> remove_on_complete{};
    std::optional<KeepJobs> remove_on_fail{};

    /// Refuse a payload of more bytes of JSON than this. 0 (the default): 64 MiB.
    std::size_t payload_bytes_max = 0;

    /// Log rows kept with the job, the newest. Empty (the default): all.
    std::optional<int> keep_logs{};

    /// Stack traces kept with the job, the newest. Empty (the default): all. 0: none.
    std::optional<int> stack_trace_limit{};

    /// Not for jobs with a parent or children.
    std::optional<Deduplication> deduplication{};

    /// Adds the job as a child of one that exists, in most cases the job that is running. For
    /// whole trees see `FlowProducer`.
    std::optional<ParentRef> parent{};
    /// With a parent only.
    ParentPolicy parent_policy = ParentPolicy::none;

    /// When the job came to be, if not now; a delay counts from here.
    Timestamp timestamp{};

    /// Options of other clients that toril does not know: members of one JSON object,
    /// stored beside ours. `null` (the default): none.
    Json other{};
};

/// One job to add, for `Queue::add_bulk`.
struct NewJob {
    std::string name{};
    Json data{};
    JobOptions options{};
};

/// A job as the store has it. Names are BullMQ's.
struct Job {
    JobId id{};
    std::string queue{};
    std::string name{};
    Json data{};
    /// The options as stored: BullMQ's JSON, unknown members included.
    Json opts{};
    JobState state = JobState::unknown;

    Json progress = Json::unchecked("0");
    int attempts_made = 0;     ///< Runs that ended: completed, failed or retried.
    int attempts_started = 0;  ///< Runs that began.
    int stalled_counter = 0;   ///< How often its worker was lost while it ran.

    Timestamp timestamp{};     ///< When it was added.
    Timestamp processed_on{};  ///< When the latest run began.
    Timestamp finished_on{};   ///< When it completed or failed for good.
    Millis delay{0};
    int priority = 0;

    std::optional<Json> return_value{};
    std::string failed_reason{};
    std::vector<std::string> stacktrace{};  ///< One entry a failed attempt, the oldest first.
    std::string processed_by{};             ///< Name of the worker of the latest run.

    std::string parent_key{};        ///< Full key of the parent; empty: none.
    Json parent{};                   ///< BullMQ's parent object, or `null`.
    std::string deduplication_id{};  ///< Empty: none.
    std::string repeat_job_key{};    ///< Scheduler that made it; empty: none.
    std::string deferred_failure{};  ///< The reason with which its next run will fail at once.
};

/// Jobs of one queue by state.
struct JobCounts {
    std::uint64_t waiting = 0;
    std::uint64_t active = 0;
    std::uint64_t delayed = 0;
    std::uint64_t prioritized = 0;
    std::uint64_t waiting_children = 0;
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;
    /// Jobs set aside by a pause in BullMQ 5's style. They count as waiting elsewhere.
    std::uint64_t paused = 0;

    friend bool operator==(const JobCounts&, const JobCounts&) = default;
};

}  // namespace toril

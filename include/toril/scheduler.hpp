#pragma once

#include <toril/fwd.hpp>
#include <toril/job.hpp>
#include <toril/json.hpp>
#include <toril/result.hpp>
#include <toril/time.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace toril {

inline constexpr std::size_t scheduler_id_bytes_max = 256;

/// What becomes of runs whose time passed while nobody was there to run them.
enum class MissedRuns : unsigned char {
    /// The one that was pending runs late, the others are left out. BullMQ's way.
    once,
    /// None is run. One that is late by less than the time to the next one is not missed.
    skip,
    /// Each is run, one after the other.
    all,
};
std::string_view to_string(MissedRuns missed) noexcept;
std::optional<MissedRuns> missed_runs_from(std::string_view text) noexcept;

/// When a scheduler makes a job: `every` or `pattern`, one of them.
struct Repeat {
    /// An interval of at least 1 ms. Zero: by `pattern`.
    Millis every{0};

    /// Five cron fields (minute hour day-of-month month day-of-week), or six with seconds in
    /// front; lists, ranges, steps, names, `L`, `#`, and `@daily` and its like.
    std::string pattern{};
    /// An IANA zone, for `pattern`. Empty: UTC. Clock changes: a pattern that names hours follows
    /// the clock on the wall. Of the times that a change leaves out the first runs as much later
    /// as the clock went forward, 02:30 at 03:30; one that comes twice runs the first time. A
    /// pattern with all 24 hours runs by the hours that pass.
    std::string tz{};

    /// With `every`: runs are at multiples of it plus this. Empty: counted from the first run.
    std::optional<Millis> offset{};

    /// No run before, or after. The epoch: no bound.
    Timestamp start_date{};
    Timestamp end_date{};
    /// Runs in all. 0: no end.
    std::int64_t limit = 0;
    /// With `pattern`: the first run is now. Not with `start_date`.
    bool immediately = false;

    MissedRuns missed = MissedRuns::once;

    friend bool operator==(const Repeat&, const Repeat&) = default;
};

/// What a scheduler's jobs are made from.
struct JobTemplate {
    std::string name{};  ///< Empty: the scheduler's id.
    Json data = Json::unchecked("{}");
    /// Without `id`, `delay`, `deduplication` and `parent`, which have no meaning here.
    JobOptions options{};
};

/// A scheduler as the store has it.
struct JobScheduler {
    std::string id{};
    std::string queue{};
    Repeat repeat{};
    std::string name{};
    Json data{};
    Json opts{};                       ///< BullMQ's JSON.
    Timestamp next{};                  ///< When the run that is pending is due.
    std::int64_t iteration_count = 0;  ///< Runs made so far, the pending one included.
};

/// The schedulers of one queue: each makes its next job when a worker takes the one before.
///
/// Threads:  any method, from any thread, at the same time.
/// Blocking and failure: as Queue.
class JobSchedulers final {
public:
    /// Errors: `invalid_argument` for a name that Queue refuses.
    static Result<JobSchedulers> open(const Store& store, std::string_view queue);

    JobSchedulers(JobSchedulers&&) noexcept;
    JobSchedulers& operator=(JobSchedulers&&) noexcept;
    ~JobSchedulers();

    /// Makes scheduler `id`, or changes it; answers it with its next run. The same again
    /// changes nothing, so programs may call this whenever they start.
    ///
    /// Errors: `invalid_argument` that names what is wrong; `wrong_state` when jobs of earlier
    /// runs are in the way.
    Result<JobScheduler> upsert(std::string_view id,
                                const Repeat& repeat,
                                const JobTemplate& make = {});

    /// Errors: `not_found`.
    Result<JobScheduler> get(std::string_view id) const;
    /// By next run, soonest first. Positions as in BullMQ: 0 is the first, -1 the last.
    Result<std::vector<JobScheduler>> list(std::int64_t start = 0,
                                           std::int64_t end = -1,
                                           bool ascending = true) const;
    /// Its pending run goes too if it is not due yet. Errors: `not_found`.
    Status remove(std::string_view id);

private:
    class Impl;
    explicit JobSchedulers(std::shared_ptr<Impl> impl) noexcept;

    std::shared_ptr<Impl> impl_;
};

/// The next `count` runs after `from` (the epoch: now), for a look before an upsert. With
/// `every` they are counted from the scheduler's own times if it exists, so this one takes
/// multiples of it. At most 1000. Empty when there is none.
///
/// Errors: `invalid_argument` as `JobSchedulers::upsert`.
Result<std::vector<Timestamp>> next_runs(const Repeat& repeat,
                                         std::size_t count,
                                         Timestamp from = {});

/// `{"id","queue","name","every"|"pattern","tz","offset","limit","startDate","endDate","missed",
/// "next","iterationCount","data","opts"}`. What it does not have is left out; times are integer
/// milliseconds.
Json to_json(const JobScheduler& scheduler);

}  // namespace toril

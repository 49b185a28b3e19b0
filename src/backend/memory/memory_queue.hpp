#pragma once

// One queue: BullMQ's rules on containers. No lock, no clock, no I/O: every call is told the
// time, so this is also the model that the other stores are compared with.

#include "backend/memory/deduplications.hpp"
#include "backend/memory/event_log.hpp"
#include "backend/memory/homes.hpp"
#include "backend/memory/minute_counts.hpp"
#include "backend/memory/repeats.hpp"
#include "backend/memory/start_limit.hpp"
#include "contract/job_store.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace toril::memory {

class MemoryQueues;

/// When a parent whose children are done may leave them behind: at once, or, while a flow is
/// added, when all of it is there.
enum class ParentsRun : unsigned char { at_once, later };

class MemoryQueue {
public:
    MemoryQueue(MemoryQueues& all, std::string name) : all_(&all), name_(std::move(name)) {}

    const std::string& name() const { return name_; }
    MemoryQueues& all() const { return *all_; }

    /// False until something was written to it, and after it was obliterated.
    bool exists() const { return settings_.exists; }

    /// Grows whenever there may be more to take than before.
    std::uint64_t work_signs() const { return homes_.arrivals() + signs_.openings; }
    /// Grows whenever a running job is asked to stop.
    std::uint64_t cancellations() const { return signs_.cancellations; }

    /// How many jobs a take would find, rate limits apart. Of those that came due and are
    /// not promoted yet it counts one.
    std::size_t available(Timestamp now) const;

    /// When the next delayed job is due; the epoch: none is.
    Timestamp next_due() const;

    /// Null when it is not there.
    JobRecord* find(const JobId& id) const;
    const Home& home(JobState state) const { return homes_[state]; }
    const EventLog& events() const { return events_; }

    // ---- adding: queue_add.cpp, queue_deduplication.cpp ----
    std::vector<Result<contract::Added>> add(const contract::AddParams& params, Timestamp now);
    Result<contract::Added> add_one(const contract::AddJob& added, Timestamp now, ParentsRun when);
    JobId deduplication_holder(const std::string& id, Timestamp now) const;
    bool remove_deduplication(const std::string& id, const JobId& only_for, Timestamp now);

    // ---- running: queue_take.cpp, queue_finish.cpp, queue_leases.cpp ----
    Result<contract::FinishedAndTaken> finish_and_take(const contract::FinishAndTakeParams& call,
                                                       Timestamp now);
    Result<JobState> cancel(const JobId& id, const std::string& reason, Timestamp now);
    std::vector<Status> renew(const std::vector<contract::Lease>& leases,
                              Millis lock_duration,
                              Timestamp now);
    std::vector<JobId> recover_stalled(const contract::StalledParams& params, Timestamp now);

    // ---- looking: memory_queue.cpp, queue_search.cpp ----
    contract::QueueInfo info() const;
    JobCounts counts() const;
    std::vector<std::uint64_t> counts_per_priority(const std::vector<int>& priorities) const;
    std::vector<Job> page(const contract::PageParams& params) const;
    Result<Job> job(const JobId& id) const;
    Result<contract::LogPage> logs(const contract::LogPageParams& params) const;
    contract::Metrics metrics(const contract::MetricsParams& params) const;
    contract::Found search(const contract::FindParams& params) const;

    // ---- changing one job: queue_changes.cpp ----
    Status promote(const JobId& id);
    Status change_delay(const JobId& id, Millis by, Timestamp now);
    Status change_priority(const JobId& id, int priority, bool lifo);
    Status update_data(const JobId& id, std::string data);
    Status update_progress(const JobId& id, std::string progress);
    Result<std::uint64_t> add_log(const contract::LogParams& params);
    Status retry(const contract::RetryParams& params);

    // ---- changing the queue: queue_changes.cpp ----
    Result<std::size_t> retry_all(const contract::RetryAllParams& params);
    void pause();
    void resume();
    void set_concurrency(std::optional<std::int64_t> max);
    void set_rate_limit(std::optional<contract::RateLimit> limit);
    void rate_limit_for(Millis duration, Timestamp now);
    Millis rate_limit_ttl(std::int64_t max, Timestamp now) const;
    void publish_event(const contract::PublishEventParams& params);
    std::size_t trim_events(std::size_t kept) { return events_.trim(kept); }
    std::size_t drain(bool delayed_too, Timestamp now);
    Result<std::vector<JobId>> clean(const contract::CleanParams& params, Timestamp now);
    Result<bool> obliterate(bool force, Timestamp now);

    // ---- schedulers: queue_schedulers.cpp ----
    Result<contract::ScheduledRun> upsert_scheduler(const contract::UpsertSchedulerParams& params,
                                                    Timestamp now);
    bool continue_scheduler(const contract::ContinueSchedulerParams& params, Timestamp now);
    Result<contract::Scheduler> scheduler(const std::string& id) const;
    std::vector<contract::Scheduler> schedulers(const contract::PageParams& params) const;
    Status remove_scheduler(const std::string& id);
    /// Whether a scheduler's next run hangs on this job.
    bool is_pending_run(const JobRecord& job) const;
    std::vector<contract::Scheduler> stalled_schedulers(Timestamp now) const;
    /// Makes the pending run anew.
    void restart_scheduler(const std::string& id, Timestamp now);

    // ---- what jobs of other queues bring about: queue_moves.cpp ----
    void emit(std::string name, EventLog::Fields fields);
    /// A parent that need not wait (any more) goes where it would have been put without
    /// children, but in front.
    void let_parent_run(JobRecord& parent, Timestamp now);
    /// As above, for a child that failed: it is to fail, wherever it is.
    void let_parent_fail(JobRecord& parent, std::string reason, Timestamp now);
    /// A parent that lost its last child by removal: in front of all, whatever it was to be.
    void put_in_front(JobRecord& parent) { homes_.to_front(parent, JobState::waiting); }
    /// Removes a job as cleaning does: without an event, and with its parent if that waited for
    /// this job alone and is in this queue.
    void discard(JobRecord& job, Timestamp now);
    /// Frees what the job holds, and removes its record. Answers where it was.
    JobState remove_record(JobRecord& job, Timestamp now);

    Error no_such_job(const JobId& id) const;

private:
    struct Settings {
        bool exists = false;
        bool paused = false;
        std::optional<std::int64_t> concurrency{};
        std::optional<contract::RateLimit> limit{};
    };
    struct Signs {
        std::uint64_t openings = 0;  // of the queue, or of room in it: work that was there already
        std::uint64_t cancellations = 0;
    };
    struct JobTable {
        std::unordered_map<JobId, std::unique_ptr<JobRecord>> records{};
        std::uint64_t id_counter = 0;
    };
    struct Limits {
        StartLimit starts{};
        Timestamp next_stall_check{};
    };

    Error wrong_state(const JobRecord& job, std::string_view wanted) const;

    JobRecord& store(const contract::AddJob& added, JobId id, Timestamp timestamp);
    void place(JobRecord& job, const contract::AddJob& added, Timestamp now);
    Result<contract::Added> add_again(JobRecord& job,
                                      const contract::AddJob& added,
                                      Timestamp now,
                                      ParentsRun when);
    std::optional<JobId> deduplicate(const contract::AddJob& added, const JobId& id, Timestamp now);
    void replace_owner(const contract::AddJob& added,
                       JobRecord& owner,
                       const JobId& id,
                       Timestamp now);
    void reschedule(JobRecord& owner, const contract::AddJob& added, Timestamp now);
    void add_next(const std::string& deduplication_id, Timestamp now);

    enum class Side : unsigned char { front, end };
    void enqueue(JobRecord& job, Side side = Side::end);
    void wait_again(JobRecord& job, JobState from, Side side);
    void delay(JobRecord& job, Timestamp from, Millis by);
    void erase(JobRecord& job);
    std::size_t discard_some(JobState state, std::size_t count, Timestamp now);

    bool is_blocked() const;
    Millis limited_for(const contract::Taker& taker, Timestamp now) const;
    void promote_due(Timestamp now);
    JobRecord* next_to_run() const;
    contract::TakenJob start(JobRecord& job,
                             const contract::FinishAndTakeParams& call,
                             Timestamp now);
    bool is_drained() const;

    Status finish(const contract::Outcome& outcome, const contract::Taker& taker, Timestamp now);
    Status may_finish(const JobRecord& job, const contract::Outcome& outcome, Timestamp now) const;
    void end_run(JobRecord& job, const contract::Outcome& outcome, Timestamp now);
    void hand_back(JobRecord& job);
    void wait_for_children(JobRecord& job, Timestamp now);
    void try_again(JobRecord& job, Millis delay, Timestamp now);
    void settle(JobRecord& job, const contract::Outcome& outcome, Timestamp now);
    void end_for_good(JobRecord& job, const contract::Outcome& outcome, Timestamp now);
    void trim_finished(JobState state, const KeepJobs& keep, Timestamp now);
    void forget(JobRecord& job);
    void recover(JobRecord& job, int stalled_max);

    void make_run(const contract::Scheduler& scheduler,
                  contract::AddJob like,
                  std::int64_t count,
                  Timestamp now);

    MemoryQueues* all_;
    std::string name_;
    Settings settings_{};
    JobTable jobs_{};
    Homes homes_{};
    Repeats repeats_{};
    Limits limits_{};
    Signs signs_{};
    EventLog events_{};
    std::array<MinuteCounts, 2> minutes_{};  // of completed, and of failed jobs
    Deduplications deduplications_{};
    std::map<std::string, contract::Scheduler> schedulers_{};
};

}  // namespace toril::memory

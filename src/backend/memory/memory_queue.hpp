#pragma once

// One queue: BullMQ's rules on containers. No lock, no clock, no I/O: every call is told the
// time, so this is also the model that the other stores are compared with.

#include "backend/memory/homes.hpp"
#include "backend/memory/repeats.hpp"
#include "contract/job_store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace toril::memory {

class MemoryQueue {
public:
    explicit MemoryQueue(std::string name) : name_(std::move(name)) {}

    /// False until something was written to it, and after it was obliterated.
    bool exists() const { return exists_; }

    /// Grows whenever there may be more to take than before.
    std::uint64_t work_signs() const { return homes_.arrivals() + openings_; }

    /// How many jobs a take would find, rate limits apart. Of those that came due and are
    /// not promoted yet it counts one.
    std::size_t available(Timestamp now) const;

    /// When the next delayed job is due; the epoch: none is.
    Timestamp next_due() const;

    // ---- the life of a job: queue_take.cpp ----
    std::vector<Result<contract::Added>> add(const contract::AddParams& params, Timestamp now);
    Result<contract::FinishedAndTaken> finish_and_take(const contract::FinishAndTakeParams& call,
                                                       Timestamp now);
    std::vector<Status> renew(const std::vector<contract::Lease>& leases,
                              Millis lock_duration,
                              Timestamp now);
    std::vector<JobId> recover_stalled(const contract::StalledParams& params, Timestamp now);

    // ---- looking: memory_queue.cpp ----
    contract::QueueInfo info() const;
    JobCounts counts() const;
    std::vector<Job> page(const contract::PageParams& params) const;
    Result<Job> job(const JobId& id) const;
    Result<contract::LogPage> logs(const contract::LogPageParams& params) const;

    // ---- changing one job: queue_changes.cpp ----
    Status promote(const JobId& id);
    Status change_delay(const JobId& id, Millis delay, Timestamp now);
    Status change_priority(const JobId& id, int priority, bool lifo);
    Status update_data(const JobId& id, std::string data);
    Status update_progress(const JobId& id, std::string progress);
    Result<std::uint64_t> add_log(const contract::LogParams& params);
    Status retry(const JobId& id, JobState from);
    Status remove(const JobId& id, Timestamp now);

    // ---- changing the queue: queue_changes.cpp ----
    Result<std::size_t> retry_all(const contract::RetryAllParams& params);
    void pause();
    void resume();
    void set_concurrency(std::optional<std::int64_t> max);
    std::size_t drain(bool delayed_too);
    Result<std::vector<JobId>> clean(const contract::CleanParams& params, Timestamp now);
    Result<bool> obliterate(bool force);

private:
    /// Starts that were counted in the window that is open, or was last.
    struct RateWindow {
        std::int64_t starts = 0;
        Timestamp ends_at{};
    };

    JobRecord* find(const JobId& id) const;
    Error no_such_job(const JobId& id) const;
    Error wrong_state(const JobRecord& job, std::string_view wanted) const;

    contract::Added add_one(const contract::AddJob& added, Timestamp now);
    void enqueue(JobRecord& job);
    void erase(JobRecord& job);
    std::size_t erase_some(JobState state, std::size_t count);

    bool is_blocked() const;
    Millis limited_for(const std::optional<contract::RateLimit>& limit, Timestamp now) const;
    void count_start(const std::optional<contract::RateLimit>& limit, Timestamp now);
    void promote_due(Timestamp now);
    JobRecord* next_to_run() const;
    contract::TakenJob start(JobRecord& job,
                             const contract::FinishAndTakeParams& call,
                             Timestamp now);

    Status finish(const contract::Outcome& outcome, Timestamp now);
    void end_run(JobRecord& job, const contract::Outcome& outcome, Timestamp now);
    void end_for_good(JobRecord& job, const contract::Outcome& outcome, Timestamp now);
    void trim_finished(JobState state, const KeepJobs& keep, Timestamp now);
    void recover(JobRecord& job, int stalled_max);

    std::string name_;
    bool exists_ = false;
    bool paused_ = false;
    std::optional<std::int64_t> concurrency_{};
    std::unordered_map<JobId, std::unique_ptr<JobRecord>> jobs_{};
    Homes homes_{};
    Repeats repeats_{};
    RateWindow window_{};
    Timestamp next_stall_check_{};
    std::uint64_t id_counter_ = 0;
    std::uint64_t openings_ = 0;  // of the queue, or of room in it: work that was there already
};

}  // namespace toril::memory

#pragma once

// What Queue does, on any JobStore: checks at the door, adds in shared batches, and everything
// else as a blocking call that is repeated while it is safe to.

#include "base/names.hpp"
#include "contract/job_store.hpp"
#include "queue/add_batcher.hpp"
#include "queue/asker.hpp"
#include "spool/spooled_adds.hpp"

#include <toril/job.hpp>
#include <toril/queue.hpp>
#include <toril/result.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace toril::queue {

/// Threads: any method, from any thread, at the same time.
class QueueClient {
public:
    /// REQUIRES: `name` passed check_queue_name.
    QueueClient(StoreAccess access, std::string name);

    /// Before the first add.
    void keep_adds_in(std::unique_ptr<spool::SpooledAdds> adds, Millis patience);

    const std::string& name() const noexcept { return name_; }

    Result<AddedJob> add(std::string_view name, const Json& data, const JobOptions& options);
    std::vector<Result<AddedJob>> add_bulk(std::span<const NewJob> jobs);
    void add_async(NewJob job, std::function<void(Result<AddedJob>)> done);

    SpoolStats spool_stats() const;
    Status flush_spool(Millis deadline);

    Result<Job> job(std::string_view id) const;
    Result<JobCounts> counts() const;
    Result<std::vector<Job>> jobs(JobState state, const PageOptions& page) const;
    Result<JobLogs> logs(std::string_view id, const PageOptions& page) const;
    Status add_log(std::string_view id, std::string_view row);
    Result<Job> wait_until_finished(std::string_view id, Millis timeout) const;

    Status retry(std::string_view id, JobState from, bool reset_attempts = false);
    Result<std::size_t> retry_all(JobState from);
    Status promote(std::string_view id);
    Status remove(std::string_view id, bool children_too = true);
    Status update_data(std::string_view id, const Json& data);
    Status update_progress(std::string_view id, const Json& progress);
    Status change_delay(std::string_view id, Millis delay);
    Status change_priority(std::string_view id, int priority, bool lifo);
    Result<JobState> cancel(std::string_view id, std::string_view reason);

    Result<JobDependencies> dependencies(std::string_view id) const;
    Result<JobDependencyCounts> dependency_counts(std::string_view id) const;
    Result<std::size_t> remove_unprocessed_children(std::string_view id);
    Result<bool> remove_child_dependency(std::string_view id);

    Result<JobId> deduplication_job_id(std::string_view deduplication_id) const;
    Result<bool> remove_deduplication_key(std::string_view deduplication_id,
                                          std::string_view only_for);

    Status find(const JobFilter& filter,
                const std::function<bool(const Job&)>& found,
                const std::function<bool(std::uint64_t looked)>& progress) const;
    Result<std::string> explain(std::string_view id) const;

    Status pause(PauseStyle style);
    Status resume(PauseStyle style);
    Result<QueueSettings> settings() const;
    Result<std::vector<WorkerInfo>> workers() const;

    Status set_concurrency(std::int64_t jobs_max);
    Status set_rate_limit(std::int64_t starts_max, Millis duration);
    Status rate_limit(Millis duration);
    Result<Millis> rate_limit_ttl(std::int64_t starts_max) const;

    Result<std::map<int, std::uint64_t>> counts_per_priority(std::span<const int> priorities) const;
    Result<QueueMetrics> metrics(JobState state, std::int64_t start, std::int64_t end) const;
    Result<std::string> prometheus_metrics(const std::map<std::string, std::string>& labels) const;

    Status publish_event(std::string_view name,
                         const std::vector<std::pair<std::string, std::string>>& fields);
    Result<std::uint64_t> trim_events(std::uint64_t kept);

    Result<std::size_t> drain(bool delayed_too);
    Result<std::vector<JobId>> clean(JobState state, Millis age, std::size_t jobs_max);
    Status obliterate(bool force);

private:
    template <class R, class Start>
    R ask(Repeat repeat, const Start& start) const {
        return asker_.ask<R>(repeat, start);
    }
    /// About one job: its id is checked first.
    template <class R, class Start>
    R ask_about(std::string_view id, Repeat repeat, const Start& start) const;
    Status submit(std::span<PendingAdd> adds);
    Millis add_timeout() const { return asker_.access().timeout + patience_ + answer_margin; }
    contract::JobRef ref(std::string_view id) const { return {name_, JobId(id)}; }

    const Asker asker_;
    const std::string name_;
    AddBatcher batcher_;
    std::unique_ptr<spool::SpooledAdds> spool_{};  // null: none, adds go to the batcher
    Millis patience_{0};                           // of the spool
};

template <class R, class Start>
R QueueClient::ask_about(std::string_view id, Repeat repeat, const Start& start) const {
    if (Status s = base::check_job_id(id); !s) return s.error();
    return ask<R>(repeat, start);
}

}  // namespace toril::queue

#pragma once

// What Queue does, on any JobStore: checks at the door, adds in shared batches, and everything
// else as a blocking call that is repeated while it is safe to.

#include "contract/job_store.hpp"
#include "queue/add_batcher.hpp"

#include <toril/job.hpp>
#include <toril/queue.hpp>
#include <toril/result.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace toril::queue {

/// Threads: any method, from any thread, at the same time.
class QueueClient {
public:
    /// REQUIRES: `name` passed check_queue_name.
    QueueClient(std::shared_ptr<contract::JobStore> store, std::string name, Millis timeout);

    const std::string& name() const noexcept { return name_; }

    Result<AddedJob> add(std::string_view name, const Json& data, const JobOptions& options);
    std::vector<Result<AddedJob>> add_bulk(std::span<const NewJob> jobs);
    void add_async(NewJob job, std::function<void(Result<AddedJob>)> done);

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

    Status pause(PauseStyle style);
    Status resume(PauseStyle style);
    Result<bool> is_paused() const;
    Status set_concurrency(std::int64_t jobs_max);

    Result<std::size_t> drain(bool delayed_too);
    Result<std::vector<JobId>> clean(JobState state, Millis age, std::size_t jobs_max);
    Status obliterate(bool force);

private:
    enum class Repeat : unsigned char {
        when_unchanged,  // only after an answer that says that nothing was changed
        always,          // doing it twice is as good as once
    };
    template <class R, class Start>
    R ask(Repeat repeat, Start start) const;
    template <class Start>
    Status ask_about(std::string_view id, Repeat repeat, Start start) const;
    contract::JobRef ref(std::string_view id) const { return {name_, JobId(id)}; }

    const std::shared_ptr<contract::JobStore> store_;
    const std::string name_;
    const Millis timeout_;  // of one call
    AddBatcher batcher_;
};

}  // namespace toril::queue

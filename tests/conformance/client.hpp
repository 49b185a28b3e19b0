#pragma once

// A store's calls, blocking. Like every caller above a store it repeats a call whose answer
// got lost, with the same token or sequence.

#include "base/sync.hpp"
#include "contract/job_store.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace toril::conformance {

class Client {
public:
    explicit Client(std::shared_ptr<contract::JobStore> store) : store_(std::move(store)) {}

    contract::JobStore& store() { return *store_; }

    Result<std::vector<Result<contract::Added>>> add(const contract::AddParams& params) {
        return repeated<Result<std::vector<Result<contract::Added>>>>(
            [&](auto done) { store_->add(params, std::move(done)); });
    }
    Result<contract::FinishedAndTaken> finish_and_take(
        const contract::FinishAndTakeParams& params) {
        return repeated<Result<contract::FinishedAndTaken>>(
            [&](auto done) { store_->finish_and_take(params, std::move(done)); });
    }
    Result<std::vector<Status>> renew(std::string queue,
                                      std::vector<contract::Lease> leases,
                                      Millis lock_duration,
                                      Timestamp now) {
        return ask<Result<std::vector<Status>>>([&](auto done) {
            store_->renew(queue, std::move(leases), lock_duration, now, std::move(done));
        });
    }
    Result<std::vector<JobId>> recover_stalled(const contract::StalledParams& params) {
        return ask<Result<std::vector<JobId>>>(
            [&](auto done) { store_->recover_stalled(params, std::move(done)); });
    }

    Result<std::vector<std::string>> queues() {
        return ask<Result<std::vector<std::string>>>(
            [&](auto done) { store_->queues(std::move(done)); });
    }
    Result<contract::QueueInfo> info(const std::string& queue) {
        return ask<Result<contract::QueueInfo>>(
            [&](auto done) { store_->info(queue, std::move(done)); });
    }
    Result<JobCounts> counts(const std::string& queue) {
        return ask<Result<JobCounts>>([&](auto done) { store_->counts(queue, std::move(done)); });
    }
    Result<std::vector<Job>> page(const contract::PageParams& params) {
        return ask<Result<std::vector<Job>>>(
            [&](auto done) { store_->page(params, std::move(done)); });
    }
    Result<Job> job(const contract::JobRef& job) {
        return ask<Result<Job>>([&](auto done) { store_->job(job, std::move(done)); });
    }
    Result<contract::LogPage> logs(const contract::LogPageParams& params) {
        return ask<Result<contract::LogPage>>(
            [&](auto done) { store_->logs(params, std::move(done)); });
    }

    Status promote(const contract::JobRef& job, Timestamp now) {
        return ask<Status>([&](auto done) { store_->promote(job, now, std::move(done)); });
    }
    Status change_delay(const contract::JobRef& job, Millis delay, Timestamp now) {
        return ask<Status>(
            [&](auto done) { store_->change_delay(job, delay, now, std::move(done)); });
    }
    Status change_priority(const contract::JobRef& job, int priority, bool lifo) {
        return ask<Status>(
            [&](auto done) { store_->change_priority(job, priority, lifo, std::move(done)); });
    }
    Status update_data(const contract::JobRef& job, const std::string& data) {
        return ask<Status>([&](auto done) { store_->update_data(job, data, std::move(done)); });
    }
    Status update_progress(const contract::JobRef& job, const std::string& progress) {
        return ask<Status>(
            [&](auto done) { store_->update_progress(job, progress, std::move(done)); });
    }
    Result<std::uint64_t> add_log(const contract::LogParams& params) {
        return ask<Result<std::uint64_t>>(
            [&](auto done) { store_->add_log(params, std::move(done)); });
    }
    Status retry(const contract::RetryParams& params) {
        return ask<Status>([&](auto done) { store_->retry(params, std::move(done)); });
    }
    Status remove(const contract::JobRef& job, bool children_too = true) {
        return ask<Status>([&](auto done) { store_->remove(job, children_too, std::move(done)); });
    }
    Result<std::vector<JobId>> recover_dead(std::string queue, int stalled_max = 1) {
        return ask<Result<std::vector<JobId>>>(
            [&](auto done) { store_->recover_dead(queue, stalled_max, std::move(done)); });
    }
    Result<std::vector<Result<contract::Added>>> add_flow(const contract::AddFlowParams& params) {
        return repeated<Result<std::vector<Result<contract::Added>>>>(
            [&](auto done) { store_->add_flow(params, std::move(done)); });
    }
    Result<JobState> cancel(contract::JobRef job,
                            std::string reason = "cancelled",
                            Timestamp now = {}) {
        return ask<Result<JobState>>(
            [&](auto done) { store_->cancel(job, reason, now, std::move(done)); });
    }
    Result<contract::DependencyPage> dependencies(contract::DependencyParams params) {
        return ask<Result<contract::DependencyPage>>(
            [&](auto done) { store_->dependencies(params, std::move(done)); });
    }
    Result<contract::DependencyCounts> dependency_counts(contract::JobRef job) {
        return ask<Result<contract::DependencyCounts>>(
            [&](auto done) { store_->dependency_counts(job, std::move(done)); });
    }
    Result<std::size_t> remove_unprocessed_children(contract::JobRef job) {
        return ask<Result<std::size_t>>(
            [&](auto done) { store_->remove_unprocessed_children(job, std::move(done)); });
    }
    Result<bool> remove_child_dependency(contract::JobRef job) {
        return ask<Result<bool>>(
            [&](auto done) { store_->remove_child_dependency(job, std::move(done)); });
    }
    Result<contract::ScheduledRun> upsert_scheduler(contract::UpsertSchedulerParams params) {
        return ask<Result<contract::ScheduledRun>>(
            [&](auto done) { store_->upsert_scheduler(params, std::move(done)); });
    }
    Result<bool> continue_scheduler(contract::ContinueSchedulerParams params) {
        return ask<Result<bool>>(
            [&](auto done) { store_->continue_scheduler(params, std::move(done)); });
    }
    Result<contract::Scheduler> scheduler(std::string queue, std::string id) {
        return ask<Result<contract::Scheduler>>(
            [&](auto done) { store_->scheduler(queue, id, std::move(done)); });
    }
    Result<std::vector<contract::Scheduler>> schedulers(contract::PageParams params) {
        return ask<Result<std::vector<contract::Scheduler>>>(
            [&](auto done) { store_->schedulers(params, std::move(done)); });
    }
    Status remove_scheduler(std::string queue, std::string id) {
        return ask<Status>(
            [&](auto done) { store_->remove_scheduler(queue, id, std::move(done)); });
    }
    Result<JobId> deduplication_holder(std::string queue, std::string id) {
        return ask<Result<JobId>>(
            [&](auto done) { store_->deduplication_holder(queue, id, std::move(done)); });
    }
    Result<bool> remove_deduplication(std::string queue, std::string id, JobId only_for = {}) {
        return ask<Result<bool>>(
            [&](auto done) { store_->remove_deduplication(queue, id, only_for, std::move(done)); });
    }
    Status set_rate_limit(std::string queue, std::optional<contract::RateLimit> limit) {
        return ask<Status>(
            [&](auto done) { store_->set_rate_limit(queue, limit, std::move(done)); });
    }
    Status rate_limit_for(std::string queue, Millis duration, Timestamp now = {}) {
        return ask<Status>(
            [&](auto done) { store_->rate_limit_for(queue, duration, now, std::move(done)); });
    }
    Result<Millis> rate_limit_ttl(std::string queue, std::int64_t max = 0, Timestamp now = {}) {
        return ask<Result<Millis>>(
            [&](auto done) { store_->rate_limit_ttl(queue, max, now, std::move(done)); });
    }
    Result<std::vector<std::uint64_t>> counts_per_priority(std::string queue,
                                                           std::vector<int> priorities) {
        return ask<Result<std::vector<std::uint64_t>>>(
            [&](auto done) { store_->counts_per_priority(queue, priorities, std::move(done)); });
    }
    Status publish_event(contract::PublishEventParams params) {
        return ask<Status>([&](auto done) { store_->publish_event(params, std::move(done)); });
    }
    Result<std::uint64_t> trim_events(std::string queue, std::uint64_t kept) {
        return ask<Result<std::uint64_t>>(
            [&](auto done) { store_->trim_events(queue, kept, std::move(done)); });
    }
    Result<contract::Metrics> metrics(contract::MetricsParams params) {
        return ask<Result<contract::Metrics>>(
            [&](auto done) { store_->metrics(params, std::move(done)); });
    }
    Result<std::vector<WorkerInfo>> workers(std::string queue) {
        return ask<Result<std::vector<WorkerInfo>>>(
            [&](auto done) { store_->workers(queue, std::move(done)); });
    }
    Result<contract::Found> find(contract::FindParams params) {
        return ask<Result<contract::Found>>(
            [&](auto done) { store_->find(params, std::move(done)); });
    }
    Result<std::vector<Finding>> examine(contract::ExamineParams params) {
        return ask<Result<std::vector<Finding>>>(
            [&](auto done) { store_->examine(params, std::move(done)); });
    }

    Result<std::size_t> retry_all(const contract::RetryAllParams& params) {
        return ask<Result<std::size_t>>(
            [&](auto done) { store_->retry_all(params, std::move(done)); });
    }
    Status pause(const std::string& queue) {
        return ask<Status>([&](auto done) {
            store_->pause(queue, contract::PauseStyle::automatic, std::move(done));
        });
    }
    Status resume(const std::string& queue) {
        return ask<Status>([&](auto done) {
            store_->resume(queue, contract::PauseStyle::automatic, std::move(done));
        });
    }
    Status set_concurrency(const std::string& queue, std::optional<std::int64_t> max) {
        return ask<Status>(
            [&](auto done) { store_->set_concurrency(queue, max, std::move(done)); });
    }
    Result<std::size_t> drain(const std::string& queue, bool delayed_too) {
        return ask<Result<std::size_t>>(
            [&](auto done) { store_->drain(queue, delayed_too, std::move(done)); });
    }
    Result<std::vector<JobId>> clean(const contract::CleanParams& params) {
        return ask<Result<std::vector<JobId>>>(
            [&](auto done) { store_->clean(params, std::move(done)); });
    }
    Result<bool> obliterate(const std::string& queue, bool force) {
        return ask<Result<bool>>(
            [&](auto done) { store_->obliterate(queue, force, std::move(done)); });
    }

private:
    static constexpr Millis deadline{20'000};

    template <class Answer, class Start>
    Answer ask(Start&& start) {
        return base::wait_for_answer<Answer>(deadline, std::forward<Start>(start));
    }

    template <class Answer, class Start>
    Answer repeated(const Start& start) {
        Answer answer = ask<Answer>(start);
        for (int i = 0; i < 3 && !answer && answer.error().code() == ErrorCode::outcome_unknown;
             ++i)
            answer = ask<Answer>(start);
        return answer;
    }

    const std::shared_ptr<contract::JobStore> store_;
};

}  // namespace toril::conformance

#pragma once

// A store whose calls a test can look at, hold back or answer itself. What it does not take
// goes to the store inside.

#include "contract/job_store.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace toril::support {

class InterceptedStore : public contract::JobStore {
public:
    template <class T>
    using Done = contract::Done<T>;
    using DoneStatus = contract::DoneStatus;
    using AddDone = Done<std::vector<Result<contract::Added>>>;
    using TakeDone = Done<contract::FinishedAndTaken>;

    explicit InterceptedStore(std::shared_ptr<contract::JobStore> store)
        : inner(std::move(store)) {}

    // Set before the store is used. True: the call is taken, and will be answered by the test.
    std::function<bool(const contract::AddParams&, AddDone&)> on_add{};
    std::function<bool(const contract::FinishAndTakeParams&, TakeDone&)> on_finish_and_take{};
    std::function<bool(const std::vector<contract::Lease>&, Done<std::vector<Status>>&)> on_renew{};

    const std::shared_ptr<contract::JobStore> inner;

    // Answers get lost: a test may keep them.
    contract::Capabilities capabilities() const noexcept override {
        contract::Capabilities capabilities = inner->capabilities();
        capabilities.outcomes_get_lost = true;
        return capabilities;
    }
    contract::Durability durability() const noexcept override { return inner->durability(); }

    void add(contract::AddParams params, AddDone done) override {
        if (!on_add || !on_add(params, done)) inner->add(std::move(params), std::move(done));
    }
    void finish_and_take(contract::FinishAndTakeParams params, TakeDone done) override {
        if (!on_finish_and_take || !on_finish_and_take(params, done))
            inner->finish_and_take(std::move(params), std::move(done));
    }
    void renew(std::string queue,
               std::vector<contract::Lease> leases,
               Millis lock_duration,
               Timestamp now,
               Done<std::vector<Status>> done) override {
        if (!on_renew || !on_renew(leases, done))
            inner->renew(queue, std::move(leases), lock_duration, now, std::move(done));
    }

    void recover_stalled(contract::StalledParams params, Done<std::vector<JobId>> done) override {
        inner->recover_stalled(std::move(params), std::move(done));
    }
    std::unique_ptr<contract::Watcher> watch(contract::WatchParams params) override {
        return inner->watch(std::move(params));
    }
    void queues(Done<std::vector<std::string>> done) override { inner->queues(std::move(done)); }
    void info(std::string queue, Done<contract::QueueInfo> done) override {
        inner->info(std::move(queue), std::move(done));
    }
    void counts(std::string queue, Done<JobCounts> done) override {
        inner->counts(std::move(queue), std::move(done));
    }
    void page(contract::PageParams params, Done<std::vector<Job>> done) override {
        inner->page(std::move(params), std::move(done));
    }
    void job(contract::JobRef job, Done<Job> done) override {
        inner->job(std::move(job), std::move(done));
    }
    void logs(contract::LogPageParams params, Done<contract::LogPage> done) override {
        inner->logs(std::move(params), std::move(done));
    }
    void promote(contract::JobRef job, Timestamp now, DoneStatus done) override {
        inner->promote(std::move(job), now, std::move(done));
    }
    void change_delay(contract::JobRef job, Millis delay, Timestamp now, DoneStatus done) override {
        inner->change_delay(std::move(job), delay, now, std::move(done));
    }
    void change_priority(contract::JobRef job, int priority, bool lifo, DoneStatus done) override {
        inner->change_priority(std::move(job), priority, lifo, std::move(done));
    }
    void update_data(contract::JobRef job, std::string data, DoneStatus done) override {
        inner->update_data(std::move(job), std::move(data), std::move(done));
    }
    void update_progress(contract::JobRef job, std::string progress, DoneStatus done) override {
        inner->update_progress(std::move(job), std::move(progress), std::move(done));
    }
    void add_log(contract::LogParams params, Done<std::uint64_t> rows) override {
        inner->add_log(std::move(params), std::move(rows));
    }
    void retry(contract::RetryParams params, DoneStatus done) override {
        inner->retry(std::move(params), std::move(done));
    }
    void remove(contract::JobRef job, bool children_too, DoneStatus done) override {
        inner->remove(std::move(job), children_too, std::move(done));
    }
    void retry_all(contract::RetryAllParams params, Done<std::size_t> done) override {
        inner->retry_all(std::move(params), std::move(done));
    }
    void pause(std::string queue, contract::PauseStyle style, DoneStatus done) override {
        inner->pause(std::move(queue), style, std::move(done));
    }
    void resume(std::string queue, contract::PauseStyle style, DoneStatus done) override {
        inner->resume(std::move(queue), style, std::move(done));
    }
    void set_concurrency(std::string queue,
                         std::optional<std::int64_t> max,
                         DoneStatus done) override {
        inner->set_concurrency(std::move(queue), max, std::move(done));
    }
    void drain(std::string queue, bool delayed_too, Done<std::size_t> done) override {
        inner->drain(std::move(queue), delayed_too, std::move(done));
    }
    void clean(contract::CleanParams params, Done<std::vector<JobId>> done) override {
        inner->clean(std::move(params), std::move(done));
    }
    void obliterate(std::string queue, bool force, Done<bool> more) override {
        inner->obliterate(std::move(queue), force, std::move(more));
    }
    void recover_dead(std::string queue, int stalled_max, Done<std::vector<JobId>> done) override {
        inner->recover_dead(std::move(queue), stalled_max, std::move(done));
    }
    void add_flow(contract::AddFlowParams params,
                  Done<std::vector<Result<contract::Added>>> done) override {
        inner->add_flow(std::move(params), std::move(done));
    }
    void cancel(contract::JobRef job,
                std::string reason,
                Timestamp now,
                Done<JobState> done) override {
        inner->cancel(std::move(job), std::move(reason), now, std::move(done));
    }
    void dependencies(contract::DependencyParams params,
                      Done<contract::DependencyPage> done) override {
        inner->dependencies(std::move(params), std::move(done));
    }
    void dependency_counts(contract::JobRef job, Done<contract::DependencyCounts> done) override {
        inner->dependency_counts(std::move(job), std::move(done));
    }
    void remove_unprocessed_children(contract::JobRef job, Done<std::size_t> done) override {
        inner->remove_unprocessed_children(std::move(job), std::move(done));
    }
    void remove_child_dependency(contract::JobRef job, Done<bool> done) override {
        inner->remove_child_dependency(std::move(job), std::move(done));
    }
    void upsert_scheduler(contract::UpsertSchedulerParams params,
                          Done<contract::ScheduledRun> done) override {
        inner->upsert_scheduler(std::move(params), std::move(done));
    }
    void continue_scheduler(contract::ContinueSchedulerParams params, Done<bool> done) override {
        inner->continue_scheduler(std::move(params), std::move(done));
    }
    void scheduler(std::string queue, std::string id, Done<contract::Scheduler> done) override {
        inner->scheduler(std::move(queue), std::move(id), std::move(done));
    }
    void schedulers(contract::PageParams params,
                    Done<std::vector<contract::Scheduler>> done) override {
        inner->schedulers(std::move(params), std::move(done));
    }
    void remove_scheduler(std::string queue, std::string id, DoneStatus done) override {
        inner->remove_scheduler(std::move(queue), std::move(id), std::move(done));
    }
    void deduplication_holder(std::string queue, std::string id, Done<JobId> done) override {
        inner->deduplication_holder(std::move(queue), std::move(id), std::move(done));
    }
    void remove_deduplication(std::string queue,
                              std::string id,
                              JobId only_for,
                              Done<bool> done) override {
        inner->remove_deduplication(
            std::move(queue), std::move(id), std::move(only_for), std::move(done));
    }
    void set_rate_limit(std::string queue,
                        std::optional<contract::RateLimit> limit,
                        DoneStatus done) override {
        inner->set_rate_limit(std::move(queue), limit, std::move(done));
    }
    void rate_limit_for(std::string queue,
                        Millis duration,
                        Timestamp now,
                        DoneStatus done) override {
        inner->rate_limit_for(std::move(queue), duration, now, std::move(done));
    }
    void rate_limit_ttl(std::string queue,
                        std::int64_t max,
                        Timestamp now,
                        Done<Millis> done) override {
        inner->rate_limit_ttl(std::move(queue), max, now, std::move(done));
    }
    void counts_per_priority(std::string queue,
                             std::vector<int> priorities,
                             Done<std::vector<std::uint64_t>> done) override {
        inner->counts_per_priority(std::move(queue), std::move(priorities), std::move(done));
    }
    void publish_event(contract::PublishEventParams params, DoneStatus done) override {
        inner->publish_event(std::move(params), std::move(done));
    }
    void trim_events(std::string queue, std::uint64_t kept, Done<std::uint64_t> done) override {
        inner->trim_events(std::move(queue), kept, std::move(done));
    }
    void metrics(contract::MetricsParams params, Done<contract::Metrics> done) override {
        inner->metrics(std::move(params), std::move(done));
    }
    void workers(std::string queue, Done<std::vector<WorkerInfo>> done) override {
        inner->workers(std::move(queue), std::move(done));
    }
    void find(contract::FindParams params, Done<contract::Found> done) override {
        inner->find(std::move(params), std::move(done));
    }
    void examine(contract::ExamineParams params, Done<std::vector<Finding>> done) override {
        inner->examine(std::move(params), std::move(done));
    }
    std::string process_tag() const override { return inner->process_tag(); }
    std::unique_ptr<contract::EventReader> read_events(
        contract::EventReaderParams params) override {
        return inner->read_events(std::move(params));
    }
    Status close(Millis deadline) override { return inner->close(deadline); }
};

}  // namespace toril::support

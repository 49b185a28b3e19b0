#pragma once

// The store's class; its methods are in redis_store.cpp and store_adding.cpp (every job's way),
// store_changes.cpp (what people change), store_reads.cpp (looking), and store_*.cpp by topic.
//
// Threads: any method, from any thread. Answers come on the I/O thread of its connections.
// What a callback uses of the store lives until `close` has ended the last of them.

#include "backend/redis/durability_probe.hpp"
#include "backend/redis/links.hpp"
#include "backend/redis/redis_store.hpp"
#include "backend/redis/script_runner.hpp"
#include "contract/job_store.hpp"

#include <memory>
#include <string>
#include <vector>

namespace toril::redis_store {

class RedisStore final : public contract::JobStore {
public:
    RedisStore(std::shared_ptr<redis::Factory> factory, const RedisStoreOptions& options);
    ~RedisStore() override;

    contract::Capabilities capabilities() const noexcept override;
    contract::Durability durability() const noexcept override;

    void add(contract::AddParams params,
             contract::Done<std::vector<Result<contract::Added>>> done) override;
    void add_flow(contract::AddFlowParams params,
                  contract::Done<std::vector<Result<contract::Added>>> done) override;
    void finish_and_take(contract::FinishAndTakeParams params,
                         contract::Done<contract::FinishedAndTaken> done) override;
    void renew(std::string queue,
               std::vector<contract::Lease> leases,
               Millis lock_duration,
               Timestamp now,
               contract::Done<std::vector<Status>> done) override;
    void recover_stalled(contract::StalledParams params,
                         contract::Done<std::vector<JobId>> done) override;
    std::unique_ptr<contract::Watcher> watch(contract::WatchParams params) override;

    void queues(contract::Done<std::vector<std::string>> done) override;
    void info(std::string queue, contract::Done<contract::QueueInfo> done) override;
    void counts(std::string queue, contract::Done<JobCounts> done) override;
    void page(contract::PageParams params, contract::Done<std::vector<Job>> done) override;
    void job(contract::JobRef job, contract::Done<Job> done) override;
    void logs(contract::LogPageParams params, contract::Done<contract::LogPage> done) override;

    void promote(contract::JobRef job, Timestamp now, contract::DoneStatus done) override;
    void change_delay(contract::JobRef job,
                      Millis delay,
                      Timestamp now,
                      contract::DoneStatus done) override;
    void change_priority(contract::JobRef job,
                         int priority,
                         bool lifo,
                         contract::DoneStatus done) override;
    void update_data(contract::JobRef job, std::string data, contract::DoneStatus done) override;
    void update_progress(contract::JobRef job,
                         std::string progress,
                         contract::DoneStatus done) override;
    void add_log(contract::LogParams params, contract::Done<std::uint64_t> rows) override;
    void retry(contract::RetryParams params, contract::DoneStatus done) override;
    void remove(contract::JobRef job, bool children_too, contract::DoneStatus done) override;

    void dependencies(contract::DependencyParams params,
                      contract::Done<contract::DependencyPage> done) override;
    void dependency_counts(contract::JobRef job,
                           contract::Done<contract::DependencyCounts> done) override;
    void remove_unprocessed_children(contract::JobRef job,
                                     contract::Done<std::size_t> removed) override;
    void remove_child_dependency(contract::JobRef job, contract::Done<bool> was) override;
    void deduplication_holder(std::string queue,
                              std::string id,
                              contract::Done<JobId> done) override;
    void remove_deduplication(std::string queue,
                              std::string id,
                              JobId only_for,
                              contract::Done<bool> was) override;

    void retry_all(contract::RetryAllParams params, contract::Done<std::size_t> done) override;
    void pause(std::string queue, contract::PauseStyle style, contract::DoneStatus done) override;
    void resume(std::string queue, contract::PauseStyle style, contract::DoneStatus done) override;
    void set_concurrency(std::string queue,
                         std::optional<std::int64_t> max,
                         contract::DoneStatus done) override;
    void drain(std::string queue, bool delayed_too, contract::Done<std::size_t> done) override;
    void clean(contract::CleanParams params, contract::Done<std::vector<JobId>> done) override;
    void obliterate(std::string queue, bool force, contract::Done<bool> more) override;

    std::string process_tag() const override;
    void recover_dead(std::string queue,
                      int stalled_max,
                      contract::Done<std::vector<JobId>> done) override;
    void cancel(contract::JobRef job,
                std::string reason,
                Timestamp now,
                contract::Done<JobState> was) override;

    void upsert_scheduler(contract::UpsertSchedulerParams params,
                          contract::Done<contract::ScheduledRun> done) override;
    void continue_scheduler(contract::ContinueSchedulerParams params,
                            contract::Done<bool> done) override;
    void scheduler(std::string queue,
                   std::string id,
                   contract::Done<contract::Scheduler> done) override;
    void schedulers(contract::PageParams params,
                    contract::Done<std::vector<contract::Scheduler>> done) override;
    void remove_scheduler(std::string queue, std::string id, contract::DoneStatus done) override;

    void set_rate_limit(std::string queue,
                        std::optional<contract::RateLimit> limit,
                        contract::DoneStatus done) override;
    void rate_limit_for(std::string queue,
                        Millis duration,
                        Timestamp now,
                        contract::DoneStatus done) override;
    void rate_limit_ttl(std::string queue,
                        std::int64_t max,
                        Timestamp now,
                        contract::Done<Millis> done) override;
    void counts_per_priority(std::string queue,
                             std::vector<int> priorities,
                             contract::Done<std::vector<std::uint64_t>> done) override;

    std::unique_ptr<contract::EventReader> read_events(contract::EventReaderParams params) override;
    void publish_event(contract::PublishEventParams params, contract::DoneStatus done) override;
    void trim_events(std::string queue,
                     std::uint64_t kept,
                     contract::Done<std::uint64_t> done) override;
    void metrics(contract::MetricsParams params, contract::Done<contract::Metrics> done) override;

    void workers(std::string queue, contract::Done<std::vector<WorkerInfo>> done) override;
    void find(contract::FindParams params, contract::Done<contract::Found> done) override;

    void examine(contract::ExamineParams params,
                 contract::Done<std::vector<Finding>> done) override;

    Status close(Millis deadline) override;

private:
    struct AddCall;
    struct TakeCall;
    struct RenewCall;
    struct PageCall;
    struct SchedulersCall;
    struct TakeoverCall;
    struct FindCall;

    void add_next(std::shared_ptr<AddCall> call);
    void take_next(std::shared_ptr<TakeCall> call);
    void renew_next(std::shared_ptr<RenewCall> call);
    void page_next(std::shared_ptr<PageCall> call);
    void schedulers_next(std::shared_ptr<SchedulersCall> call);
    void takeover_next(std::shared_ptr<TakeoverCall> call);
    void put_back(std::shared_ptr<TakeoverCall> call);
    void find_next(std::shared_ptr<FindCall> call);
    /// Runs a script on one job; its code is the answer.
    void change(const redis::Script& script,
                contract::JobRef job,
                const ScriptArgs& args,
                contract::DoneStatus done);
    /// The same of a script that answers a count when it is no code.
    void count(const redis::Script& script,
               contract::JobRef job,
               const ScriptArgs& args,
               contract::Done<std::int64_t> done);
    void sweep(const std::string& queue, contract::Done<bool> more);

    const std::shared_ptr<Links> links_;
    ScriptRunner runner_;
    DurabilityProbe durability_;
};

}  // namespace toril::redis_store

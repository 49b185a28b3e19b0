#include "backend/faulty/faulty_store.hpp"

#include "backend/faulty/delay_line.hpp"
#include "base/mutex.hpp"

#include <array>
#include <string>
#include <utility>

namespace toril::faulty {
namespace {

using namespace contract;

class FaultyStore final : public JobStore {
public:
    FaultyStore(std::shared_ptr<JobStore> inner, Plan plan, Millis delay)
        : inner_(std::move(inner)),
          plan_(std::move(plan)),
          delay_(std::make_shared<DelayLine>(delay)) {}

    ~FaultyStore() override { delay_->end(); }

    Capabilities capabilities() const noexcept override {
        Capabilities capabilities = inner_->capabilities();
        capabilities.outcomes_get_lost = true;
        return capabilities;
    }
    Durability durability() const noexcept override { return inner_->durability(); }

    void add(AddParams params, Done<std::vector<Result<Added>>> done) override {
        meet(Operation::add, std::move(done), [&](auto answer) {
            inner_->add(std::move(params), std::move(answer));
        });
    }
    void finish_and_take(FinishAndTakeParams params, Done<FinishedAndTaken> done) override {
        meet(Operation::finish_and_take, std::move(done), [&](auto answer) {
            inner_->finish_and_take(std::move(params), std::move(answer));
        });
    }
    void renew(std::string queue,
               std::vector<Lease> leases,
               Millis lock_duration,
               Timestamp now,
               Done<std::vector<Status>> done) override {
        meet(Operation::renew, std::move(done), [&](auto answer) {
            inner_->renew(
                std::move(queue), std::move(leases), lock_duration, now, std::move(answer));
        });
    }
    void recover_stalled(StalledParams params, Done<std::vector<JobId>> done) override {
        meet(Operation::recover_stalled, std::move(done), [&](auto answer) {
            inner_->recover_stalled(std::move(params), std::move(answer));
        });
    }
    std::string process_tag() const override { return inner_->process_tag(); }
    std::unique_ptr<Watcher> watch(WatchParams params) override {
        return inner_->watch(std::move(params));
    }
    std::unique_ptr<EventReader> read_events(EventReaderParams params) override {
        return inner_->read_events(std::move(params));
    }

    void queues(Done<std::vector<std::string>> done) override {
        meet(Operation::look, std::move(done), [&](auto answer) {
            inner_->queues(std::move(answer));
        });
    }
    void info(std::string queue, Done<QueueInfo> done) override {
        meet(Operation::look, std::move(done), [&](auto answer) {
            inner_->info(std::move(queue), std::move(answer));
        });
    }
    void counts(std::string queue, Done<JobCounts> done) override {
        meet(Operation::look, std::move(done), [&](auto answer) {
            inner_->counts(std::move(queue), std::move(answer));
        });
    }
    void page(PageParams params, Done<std::vector<Job>> done) override {
        meet(Operation::look, std::move(done), [&](auto answer) {
            inner_->page(std::move(params), std::move(answer));
        });
    }
    void job(JobRef job, Done<Job> done) override {
        meet(Operation::look, std::move(done), [&](auto answer) {
            inner_->job(std::move(job), std::move(answer));
        });
    }
    void logs(LogPageParams params, Done<LogPage> done) override {
        meet(Operation::look, std::move(done), [&](auto answer) {
            inner_->logs(std::move(params), std::move(answer));
        });
    }

    void promote(JobRef job, Timestamp now, DoneStatus done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->promote(std::move(job), now, std::move(answer));
        });
    }
    void change_delay(JobRef job, Millis delay, Timestamp now, DoneStatus done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->change_delay(std::move(job), delay, now, std::move(answer));
        });
    }
    void change_priority(JobRef job, int priority, bool lifo, DoneStatus done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->change_priority(std::move(job), priority, lifo, std::move(answer));
        });
    }
    void update_data(JobRef job, std::string data, DoneStatus done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->update_data(std::move(job), std::move(data), std::move(answer));
        });
    }
    void update_progress(JobRef job, std::string progress, DoneStatus done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->update_progress(std::move(job), std::move(progress), std::move(answer));
        });
    }
    void add_log(LogParams params, Done<std::uint64_t> done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->add_log(std::move(params), std::move(answer));
        });
    }
    void retry(RetryParams params, DoneStatus done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->retry(std::move(params), std::move(answer));
        });
    }
    void remove(JobRef job, bool children_too, DoneStatus done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->remove(std::move(job), children_too, std::move(answer));
        });
    }

    void retry_all(RetryAllParams params, Done<std::size_t> done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->retry_all(std::move(params), std::move(answer));
        });
    }
    void pause(std::string queue, PauseStyle style, DoneStatus done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->pause(std::move(queue), style, std::move(answer));
        });
    }
    void resume(std::string queue, PauseStyle style, DoneStatus done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->resume(std::move(queue), style, std::move(answer));
        });
    }
    void set_concurrency(std::string queue,
                         std::optional<std::int64_t> max,
                         DoneStatus done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->set_concurrency(std::move(queue), max, std::move(answer));
        });
    }
    void drain(std::string queue, bool delayed_too, Done<std::size_t> done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->drain(std::move(queue), delayed_too, std::move(answer));
        });
    }
    void clean(CleanParams params, Done<std::vector<JobId>> done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->clean(std::move(params), std::move(answer));
        });
    }
    void obliterate(std::string queue, bool force, Done<bool> more) override {
        meet(Operation::change, std::move(more), [&](auto answer) {
            inner_->obliterate(std::move(queue), force, std::move(answer));
        });
    }

    void recover_dead(std::string queue, int stalled_max, Done<std::vector<JobId>> done) override {
        meet(Operation::recover_stalled, std::move(done), [&](auto answer) {
            inner_->recover_dead(std::move(queue), stalled_max, std::move(answer));
        });
    }
    void add_flow(AddFlowParams params, Done<std::vector<Result<Added>>> done) override {
        meet(Operation::add, std::move(done), [&](auto answer) {
            inner_->add_flow(std::move(params), std::move(answer));
        });
    }
    void cancel(JobRef job, std::string reason, Timestamp now, Done<JobState> done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->cancel(std::move(job), std::move(reason), now, std::move(answer));
        });
    }
    void dependencies(DependencyParams params, Done<DependencyPage> done) override {
        meet(Operation::look, std::move(done), [&](auto answer) {
            inner_->dependencies(std::move(params), std::move(answer));
        });
    }
    void dependency_counts(JobRef job, Done<DependencyCounts> done) override {
        meet(Operation::look, std::move(done), [&](auto answer) {
            inner_->dependency_counts(std::move(job), std::move(answer));
        });
    }
    void remove_unprocessed_children(JobRef job, Done<std::size_t> done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->remove_unprocessed_children(std::move(job), std::move(answer));
        });
    }
    void remove_child_dependency(JobRef job, Done<bool> done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->remove_child_dependency(std::move(job), std::move(answer));
        });
    }
    void upsert_scheduler(UpsertSchedulerParams params, Done<ScheduledRun> done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->upsert_scheduler(std::move(params), std::move(answer));
        });
    }
    void continue_scheduler(ContinueSchedulerParams params, Done<bool> done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->continue_scheduler(std::move(params), std::move(answer));
        });
    }
    void scheduler(std::string queue, std::string id, Done<Scheduler> done) override {
        meet(Operation::look, std::move(done), [&](auto answer) {
            inner_->scheduler(std::move(queue), std::move(id), std::move(answer));
        });
    }
    void schedulers(PageParams params, Done<std::vector<Scheduler>> done) override {
        meet(Operation::look, std::move(done), [&](auto answer) {
            inner_->schedulers(std::move(params), std::move(answer));
        });
    }
    void remove_scheduler(std::string queue, std::string id, DoneStatus done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->remove_scheduler(std::move(queue), std::move(id), std::move(answer));
        });
    }
    void deduplication_holder(std::string queue, std::string id, Done<JobId> done) override {
        meet(Operation::look, std::move(done), [&](auto answer) {
            inner_->deduplication_holder(std::move(queue), std::move(id), std::move(answer));
        });
    }
    void remove_deduplication(std::string queue,
                              std::string id,
                              JobId only_for,
                              Done<bool> done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->remove_deduplication(
                std::move(queue), std::move(id), std::move(only_for), std::move(answer));
        });
    }
    void set_rate_limit(std::string queue,
                        std::optional<RateLimit> limit,
                        DoneStatus done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->set_rate_limit(std::move(queue), limit, std::move(answer));
        });
    }
    void rate_limit_for(std::string queue,
                        Millis duration,
                        Timestamp now,
                        DoneStatus done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->rate_limit_for(std::move(queue), duration, now, std::move(answer));
        });
    }
    void rate_limit_ttl(std::string queue,
                        std::int64_t max,
                        Timestamp now,
                        Done<Millis> done) override {
        meet(Operation::look, std::move(done), [&](auto answer) {
            inner_->rate_limit_ttl(std::move(queue), max, now, std::move(answer));
        });
    }
    void counts_per_priority(std::string queue,
                             std::vector<int> priorities,
                             Done<std::vector<std::uint64_t>> done) override {
        meet(Operation::look, std::move(done), [&](auto answer) {
            inner_->counts_per_priority(std::move(queue), std::move(priorities), std::move(answer));
        });
    }
    void publish_event(PublishEventParams params, DoneStatus done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->publish_event(std::move(params), std::move(answer));
        });
    }
    void trim_events(std::string queue, std::uint64_t kept, Done<std::uint64_t> done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->trim_events(std::move(queue), kept, std::move(answer));
        });
    }
    void metrics(MetricsParams params, Done<contract::Metrics> done) override {
        meet(Operation::look, std::move(done), [&](auto answer) {
            inner_->metrics(std::move(params), std::move(answer));
        });
    }
    void workers(std::string queue, Done<std::vector<WorkerInfo>> done) override {
        meet(Operation::look, std::move(done), [&](auto answer) {
            inner_->workers(std::move(queue), std::move(answer));
        });
    }
    void find(FindParams params, Done<Found> done) override {
        meet(Operation::look, std::move(done), [&](auto answer) {
            inner_->find(std::move(params), std::move(answer));
        });
    }
    void examine(ExamineParams params, Done<std::vector<Finding>> done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->examine(std::move(params), std::move(answer));
        });
    }

    Status close(Millis deadline) override {
        {
            base::MutexLock lock(mutex_);
            closed_ = true;
        }
        Status closed = inner_->close(deadline);
        delay_->end();
        return closed;
    }

private:
    // Empty: the store is closed.
    std::optional<Fault> next_fault(Operation operation) {
        base::MutexLock lock(mutex_);
        if (closed_) return std::nullopt;
        std::uint64_t& of_operation = of_operation_[static_cast<std::size_t>(operation)];
        return plan_({.operation = operation, .number = ++number_, .of_operation = ++of_operation});
    }

    template <class Answer, class Start>
    void meet(Operation operation, std::function<void(Answer)> done, Start start) {
        const std::optional<Fault> fault = next_fault(operation);
        if (!fault) return done(Error(ErrorCode::cancelled, "the store is closed"));
        switch (*fault) {
            case Fault::none: return start(std::move(done));
            case Fault::refuse:
                return done(Error(ErrorCode::unavailable,
                                  "refused " + std::string(to_string(operation)) + ", as planned"));
            case Fault::forget:
                return start([operation, done = std::move(done)](const Answer&) {
                    done(Error(ErrorCode::outcome_unknown,
                               "lost the answer to " + std::string(to_string(operation)) +
                                   ", as planned"));
                });
            case Fault::delay:
                return start([line = delay_, done = std::move(done)](Answer answer) {
                    line->later([done, answer = std::move(answer)] { done(answer); });
                });
        }
    }

    const std::shared_ptr<JobStore> inner_;
    const Plan plan_;
    const std::shared_ptr<DelayLine> delay_;
    base::Mutex mutex_;
    std::array<std::uint64_t, 6> of_operation_ TORIL_GUARDED_BY(mutex_){};
    std::uint64_t number_ TORIL_GUARDED_BY(mutex_) = 0;
    bool closed_ TORIL_GUARDED_BY(mutex_) = false;
};

}  // namespace

std::shared_ptr<contract::JobStore> inject_faults(std::shared_ptr<contract::JobStore> inner,
                                                  Plan plan,
                                                  Millis delay) {
    return std::make_shared<FaultyStore>(std::move(inner), std::move(plan), delay);
}

}  // namespace toril::faulty

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
    std::unique_ptr<Watcher> watch(WatchParams params) override {
        return inner_->watch(std::move(params));
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
    void remove(JobRef job, DoneStatus done) override {
        meet(Operation::change, std::move(done), [&](auto answer) {
            inner_->remove(std::move(job), std::move(answer));
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

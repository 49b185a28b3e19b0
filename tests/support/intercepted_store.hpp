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

class InterceptedStore final : public contract::JobStore {
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
    void remove(contract::JobRef job, DoneStatus done) override {
        inner->remove(std::move(job), std::move(done));
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
    Status close(Millis deadline) override { return inner->close(deadline); }
};

}  // namespace toril::support

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
    Status remove(const contract::JobRef& job) {
        return ask<Status>([&](auto done) { store_->remove(job, std::move(done)); });
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

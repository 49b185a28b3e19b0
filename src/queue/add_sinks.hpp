#pragma once

// Where answers of adds go: to one waiting caller, to a caller with many, to a callback.

#include "base/mutex.hpp"
#include "base/sync.hpp"
#include "queue/add_batcher.hpp"

#include <toril/queue.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace toril::queue {

/// Jobs of one add_bulk that are submitted and unanswered: two batches under way, two to come.
inline constexpr std::size_t bulk_in_flight_max = 4 * contract::batch_jobs_max;

inline Result<AddedJob> to_public(Result<contract::Added> answer) {
    if (!answer) return answer.error();
    return AddedJob{.id = std::move(answer->id),
                    .existed = answer->existed,
                    .deduplicated = answer->deduplicated};
}

inline AddedJob spooled_job(JobId id) {
    return {.id = std::move(id), .spooled = true};
}

/// The answer may still come: the add may have happened.
inline Error unanswered(Millis timeout) {
    return {ErrorCode::timed_out,
            "no answer to the add within " + std::to_string(timeout.count()) + " ms"};
}

class OneAdd final : public AddSink {
public:
    void added(std::size_t, Result<contract::Added> answer) override {
        slot_.set(to_public(std::move(answer)));
    }
    void spooled(std::size_t, JobId id) override { slot_.set(spooled_job(std::move(id))); }
    Result<AddedJob> wait(Millis timeout) {
        auto answer = slot_.wait_for(timeout);
        if (answer) return std::move(*answer);
        return unanswered(timeout);
    }

private:
    base::OneShot<Result<AddedJob>> slot_;
};

class CallbackAdd final : public AddSink {
public:
    explicit CallbackAdd(std::function<void(Result<AddedJob>)> done) : done_(std::move(done)) {}
    void added(std::size_t, Result<contract::Added> answer) override {
        done_(to_public(std::move(answer)));
    }
    void spooled(std::size_t, JobId id) override { done_(spooled_job(std::move(id))); }

private:
    std::function<void(Result<AddedJob>)> done_;
};

/// One waiting caller, many answers, one wake-up when it can go on.
class BulkAdd final : public AddSink {
public:
    explicit BulkAdd(std::size_t jobs)
        : answers_(jobs,
                   Error(ErrorCode::timed_out, "the add was not sent: earlier ones timed out")) {}

    void refuse(std::size_t index, const Error& error) {
        base::MutexLock lock(mutex_);
        answers_[index] = error;
    }

    /// `jobs` more are about to be submitted.
    void expect(std::size_t jobs) {
        base::MutexLock lock(mutex_);
        unanswered_ += jobs;
    }

    void added(std::size_t index, Result<contract::Added> answer) override {
        set(index, to_public(std::move(answer)));
    }
    void spooled(std::size_t index, JobId id) override { set(index, spooled_job(std::move(id))); }

    /// Blocks until fewer than `most` are unanswered. False: none was answered in `timeout`.
    bool wait_for_room(std::size_t most, Millis timeout) {
        return wait_until_unanswered(most - 1, timeout);
    }

    /// Blocks for all answers, at most `timeout` after the latest of them.
    std::vector<Result<AddedJob>> wait(Millis timeout) {
        wait_until_unanswered(0, timeout);
        base::MutexLock lock(mutex_);
        // A late answer may still come, and needs its place.
        return unanswered_ > 0 ? answers_ : std::move(answers_);
    }

private:
    void set(std::size_t index, Result<AddedJob> answer) {
        base::MutexLock lock(mutex_);
        answers_[index] = std::move(answer);
        if (--unanswered_ <= wake_at_) answered_.notify_one();
    }

    bool wait_until_unanswered(std::size_t most, Millis timeout) {
        std::unique_lock lock(mutex_);
        for (;;) {
            const std::size_t before = unanswered_;
            wake_at_ = most;
            if (answered_.wait_for(lock, timeout, [&] { return unanswered_ <= most; })) return true;
            if (unanswered_ == before) return false;
        }
    }

    base::Mutex mutex_;
    base::Condition answered_;
    std::vector<Result<AddedJob>> answers_ TORIL_GUARDED_BY(mutex_);
    std::size_t unanswered_ TORIL_GUARDED_BY(mutex_) = 0;
    std::size_t wake_at_ TORIL_GUARDED_BY(mutex_) = 0;
};

}  // namespace toril::queue

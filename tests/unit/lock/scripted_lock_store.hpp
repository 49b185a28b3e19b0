#pragma once

// A lock store in memory that can be away, lose answers and hold them back, and counts what it
// is asked.

#include "backend/memory/lock_store.hpp"
#include "base/mutex.hpp"
#include "contract/lock_store.hpp"
#include "support/signal.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace toril::lock {

class ScriptedLockStore final : public contract::LockStore {
public:
    template <class T>
    using Done = contract::Done<T>;
    using DoneStatus = contract::DoneStatus;

    // What every call is answered from now on, without being done; nothing: as it should be.
    void be_away(std::optional<ErrorCode> code) {
        base::MutexLock lock(mutex_);
        away_ = code;
    }
    // The next so many acquires are done and answered with this error.
    void lose_answers(int count, ErrorCode code) {
        base::MutexLock lock(mutex_);
        lost_ = count;
        lost_code_ = code;
    }
    // Renewals are done, and answered when the test says so.
    void hold_renewals() { holds_ = true; }
    void let_renewals_go() {
        holds_ = false;
        std::vector<std::function<void()>> held;
        {
            base::MutexLock lock(mutex_);
            held.swap(held_);
        }
        for (const auto& answer : held)
            answer();
    }

    std::atomic<int> acquires{0};
    support::Signal renewals{};
    support::Signal releases{};
    const std::shared_ptr<contract::LockStore> inner = memory::open_lock_store();

    void acquire(contract::AcquireParams params, Done<contract::AcquireAnswer> done) override {
        if (params.key.front() != '\x01') ++acquires;
        if (const auto error = refusal()) return done(*error);
        std::optional<Error> lost;
        {
            base::MutexLock lock(mutex_);
            if (lost_ > 0) lost = Error(lost_code_, "the answer got lost");
            if (lost_ > 0) --lost_;
        }
        if (!lost) return inner->acquire(std::move(params), std::move(done));
        inner->acquire(std::move(params), [&](const Result<contract::AcquireAnswer>&) {});
        done(*lost);
    }
    void renew(std::vector<contract::LockRef> locks,
               Millis timeout,
               Done<std::vector<Status>> done) override {
        if (const auto error = refusal()) {
            renewals.raise();
            return done(*error);
        }
        inner->renew(std::move(locks), timeout, answering(std::move(done)));
        renewals.raise();
    }
    void release(contract::LockRef lock,
                 Millis timeout,
                 Done<contract::ReleaseOutcome> done) override {
        if (const auto error = refusal()) return done(*error);
        inner->release(std::move(lock), timeout, std::move(done));
        releases.raise();
    }
    void release_owner(std::string key,
                       std::string owner,
                       Millis timeout,
                       DoneStatus done) override {
        if (const auto error = refusal()) return done(*error);
        inner->release_owner(std::move(key), std::move(owner), timeout, std::move(done));
    }
    void status(std::string key,
                Millis timeout,
                Done<std::optional<contract::LockHolder>> done) override {
        if (const auto error = refusal()) return done(*error);
        inner->status(std::move(key), timeout, std::move(done));
    }
    void begin(contract::BeginParams params, Done<contract::BeginAnswer> done) override {
        if (const auto error = refusal()) return done(*error);
        inner->begin(std::move(params), std::move(done));
    }
    void renew_records(std::vector<contract::LockRef> records,
                       Millis timeout,
                       Done<std::vector<Status>> done) override {
        inner->renew_records(std::move(records), timeout, std::move(done));
    }
    void finish(contract::RecordParams params, DoneStatus done) override {
        inner->finish(std::move(params), std::move(done));
    }
    void forget(contract::LockRef record, Millis timeout, DoneStatus done) override {
        inner->forget(std::move(record), timeout, std::move(done));
    }
    std::unique_ptr<contract::LockWatcher> watch(contract::LockKind kind,
                                                 std::string key) override {
        return inner->watch(kind, std::move(key));
    }
    void hear_of_taken(const std::weak_ptr<contract::OnTaken>& listener) override {
        base::MutexLock lock(mutex_);
        told_ = std::make_shared<contract::OnTaken>([listener](const std::string& key) {
            if (const auto alive = listener.lock()) (*alive)(key);
        });
        inner->hear_of_taken(told_);
    }
    /// Nobody hears of what is taken any more.
    void forget_listeners() {
        base::MutexLock lock(mutex_);
        told_.reset();
    }
    void close(Millis deadline) override { inner->close(deadline); }

    /// The holder in the store, whatever the store says to others.
    std::optional<contract::LockHolder> holder(const std::string& key) {
        std::optional<contract::LockHolder> found;
        inner->status(key, Millis{0}, [&](const auto& answer) { found = *answer; });
        return found;
    }

private:
    std::optional<Error> refusal() {
        base::MutexLock lock(mutex_);
        return away_ ? std::optional<Error>(Error(*away_, "the store is away")) : std::nullopt;
    }
    Done<std::vector<Status>> answering(Done<std::vector<Status>> done) {
        return [this, done = std::move(done)](const Result<std::vector<Status>>& answer) {
            if (!holds_) return done(answer);
            base::MutexLock lock(mutex_);
            held_.push_back([done, answer] { done(answer); });
        };
    }

    base::Mutex mutex_{};
    std::optional<ErrorCode> away_ TORIL_GUARDED_BY(mutex_){};
    int lost_ TORIL_GUARDED_BY(mutex_) = 0;
    ErrorCode lost_code_ TORIL_GUARDED_BY(mutex_) = ErrorCode::timed_out;
    std::vector<std::function<void()>> held_ TORIL_GUARDED_BY(mutex_){};
    std::shared_ptr<contract::OnTaken> told_ TORIL_GUARDED_BY(mutex_){};
    std::atomic<bool> holds_{false};
};

}  // namespace toril::lock

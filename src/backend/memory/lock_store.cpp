#include "backend/memory/lock_store.hpp"

#include "backend/memory/lock_table.hpp"
#include "base/bell.hpp"
#include "base/delayed_calls.hpp"
#include "base/mutex.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace toril::memory {
namespace {

using contract::LockKind;
using Bells = std::vector<std::shared_ptr<base::Bell>>;
using Name = std::pair<LockKind, std::string>;

Error closed() {
    return {ErrorCode::cancelled, "the store is closed"};
}

// What the store shares with its watchers.
//
// Threads: any. Callbacks are made by whoever caused them, and at the end of a wait by the thread
//          of `calls`; with no lock held.
class LockRoom {
public:
    explicit LockRoom(LockClocks clocks) : clocks_(std::move(clocks)) {}

    /// Runs `step(table, time)` unless the store is closed.
    template <class R, class Step>
    Result<R> with(const Step& step) {
        base::MutexLock lock(mutex_);
        if (closed_) return closed();
        return step(table_, time());
    }

    Millis remaining(const Name& name) {
        base::MutexLock lock(mutex_);
        return table_.remaining(name.first, name.second, time());
    }

    void ring(const Name& name) {
        Bells bells;
        {
            base::MutexLock lock(mutex_);
            if (const auto found = bells_.find(name); found != bells_.end()) bells = found->second;
        }
        for (const auto& bell : bells)
            bell->ring();
    }

    void tell_taken(const std::string& key) {
        std::vector<std::shared_ptr<contract::OnTaken>> told;
        {
            base::MutexLock lock(mutex_);
            for (const auto& weak : on_taken_)
                if (auto listener = weak.lock()) told.push_back(std::move(listener));
        }
        for (const auto& listener : told)
            (*listener)(key);
    }

    void add_listener(const std::weak_ptr<contract::OnTaken>& listener) {
        base::MutexLock lock(mutex_);
        std::erase_if(on_taken_, [](const auto& weak) { return weak.expired(); });
        on_taken_.push_back(listener);
    }

    void join(const Name& name, const std::shared_ptr<base::Bell>& bell) {
        base::MutexLock lock(mutex_);
        bells_[name].push_back(bell);
        if (closed_) bell->interrupt();  // nobody waits with it yet
    }

    void leave(const Name& name, const std::shared_ptr<base::Bell>& bell) {
        base::MutexLock lock(mutex_);
        Bells& bells = bells_[name];
        std::erase(bells, bell);
        if (bells.empty()) bells_.erase(name);
    }

    void close() {
        Bells all;
        {
            base::MutexLock lock(mutex_);
            closed_ = true;
            for (const auto& [name, bells] : bells_)
                all.insert(all.end(), bells.begin(), bells.end());
        }
        for (const auto& bell : all)
            bell->interrupt();
    }

private:
    LockTime time() const {
        return {.now = clocks_.steady(), .wall_micros = clocks_.wall_micros()};
    }

    const LockClocks clocks_;
    base::Mutex mutex_{};
    LockTable table_ TORIL_GUARDED_BY(mutex_){};
    std::map<Name, Bells> bells_ TORIL_GUARDED_BY(mutex_){};
    std::vector<std::weak_ptr<contract::OnTaken>> on_taken_ TORIL_GUARDED_BY(mutex_){};
    bool closed_ TORIL_GUARDED_BY(mutex_) = false;

public:
    base::DelayedCalls calls{};
};

class MemoryLockWatcher final : public contract::LockWatcher {
public:
    MemoryLockWatcher(std::shared_ptr<LockRoom> room, Name name)
        : room_(std::move(room)), name_(std::move(name)) {
        room_->join(name_, bell_);
    }
    ~MemoryLockWatcher() override {
        bell_->interrupt();
        room_->leave(name_, bell_);
    }

    void wait(Millis at_most, contract::DoneStatus done) override {
        const Millis remaining = room_->remaining(name_);
        const std::uint64_t number = bell_->wait(std::move(done));
        if (number == 0) return;
        room_->calls.after(std::clamp(at_most, Millis{0}, remaining),
                           [bell = bell_, number] { bell->expire(number); });
    }
    void interrupt() override { bell_->interrupt(); }

private:
    const std::shared_ptr<LockRoom> room_;
    const Name name_;
    const std::shared_ptr<base::Bell> bell_ = std::make_shared<base::Bell>();
};

class MemoryLockStore final : public contract::LockStore {
public:
    explicit MemoryLockStore(LockClocks clocks)
        : room_(std::make_shared<LockRoom>(std::move(clocks))) {}
    ~MemoryLockStore() override { room_->close(); }

    void acquire(contract::AcquireParams params,
                 contract::Done<contract::AcquireAnswer> done) override {
        done(room_->with<contract::AcquireAnswer>(
            [&](LockTable& table, const LockTime& time) { return table.acquire(params, time); }));
    }

    void renew(std::vector<contract::LockRef> locks,
               Millis,
               contract::Done<std::vector<Status>> done) override {
        done(each(locks, &LockTable::renew));
    }

    void release(contract::LockRef lock,
                 Millis,
                 contract::Done<contract::ReleaseOutcome> done) override {
        auto outcome = room_->with<contract::ReleaseOutcome>(
            [&](LockTable& table, const LockTime& time) { return table.release(lock, time); });
        if (outcome && *outcome == contract::ReleaseOutcome::released)
            room_->ring({LockKind::lock, lock.key});
        done(std::move(outcome));
    }

    void release_owner(std::string key,
                       std::string owner,
                       Millis,
                       contract::DoneStatus done) override {
        Status outcome = status_of([&](LockTable& table, const LockTime& time) {
            return table.release_owner(key, owner, time);
        });
        if (outcome) {
            room_->ring({LockKind::lock, key});
            room_->tell_taken(key);
        }
        done(std::move(outcome));
    }

    void status(std::string key,
                Millis,
                contract::Done<std::optional<contract::LockHolder>> done) override {
        done(room_->with<std::optional<contract::LockHolder>>(
            [&](LockTable& table, const LockTime& time) { return table.status(key, time); }));
    }

    void begin(contract::BeginParams params, contract::Done<contract::BeginAnswer> done) override {
        done(room_->with<contract::BeginAnswer>(
            [&](LockTable& table, const LockTime& time) { return table.begin(params, time); }));
    }

    void renew_records(std::vector<contract::LockRef> records,
                       Millis,
                       contract::Done<std::vector<Status>> done) override {
        done(each(records, &LockTable::renew_record));
    }

    void finish(contract::RecordParams params, contract::DoneStatus done) override {
        Status outcome = status_of(
            [&](LockTable& table, const LockTime& time) { return table.finish(params, time); });
        if (outcome) room_->ring({LockKind::record, params.key});
        done(std::move(outcome));
    }

    void forget(contract::LockRef record, Millis, contract::DoneStatus done) override {
        Status outcome = status_of(
            [&](LockTable& table, const LockTime& time) { return table.forget(record, time); });
        if (outcome) room_->ring({LockKind::record, record.key});
        done(std::move(outcome));
    }

    std::unique_ptr<contract::LockWatcher> watch(LockKind kind, std::string key) override {
        return std::make_unique<MemoryLockWatcher>(room_, Name{kind, std::move(key)});
    }

    void hear_of_taken(const std::weak_ptr<contract::OnTaken>& listener) override {
        room_->add_listener(listener);
    }

    void close(Millis) override { room_->close(); }

private:
    using EachStep = Status (LockTable::*)(const contract::LockRef&, const LockTime&);
    Result<std::vector<Status>> each(const std::vector<contract::LockRef>& refs, EachStep step) {
        return room_->with<std::vector<Status>>([&](LockTable& table, const LockTime& time) {
            std::vector<Status> answers;
            for (const contract::LockRef& ref : refs)
                answers.push_back((table.*step)(ref, time));
            return answers;
        });
    }

    template <class Step>
    Status status_of(const Step& step) {
        const Result<Status> outcome = room_->with<Status>(step);
        return outcome ? *outcome : Status(outcome.error());
    }

    const std::shared_ptr<LockRoom> room_;
};

}  // namespace

LockClocks LockClocks::real() {
    return {.steady = [] { return std::chrono::steady_clock::now(); },
            .wall_micros =
                [] {
                    const auto now = std::chrono::system_clock::now().time_since_epoch();
                    return static_cast<std::uint64_t>(
                        std::chrono::floor<std::chrono::microseconds>(now).count());
                }};
}

std::shared_ptr<contract::LockStore> open_lock_store(LockClocks clocks) {
    return std::make_shared<MemoryLockStore>(std::move(clocks));
}

}  // namespace toril::memory

#include "backend/sqlite/side/lock_store.hpp"

#include "backend/sqlite/side/operations.hpp"

#include <utility>

namespace toril::sqlite_side {
namespace {

using namespace contract;

// Threads: any. One wait at a time.
class Watcher final : public LockWatcher {
public:
    Watcher(std::shared_ptr<Engine> engine, LockKind kind, std::string key)
        : engine_(std::move(engine)), kind_(kind), key_(std::move(key)) {}
    ~Watcher() override { Watcher::interrupt(); }

    void wait(Millis at_most, DoneStatus done) override {
        if (is_interrupted()) return done(Error(ErrorCode::cancelled, "the wait was interrupted"));
        const std::uint64_t waiting = engine_->wait(kind_, key_, at_most, std::move(done));
        {
            const std::lock_guard lock(mutex_);
            waiting_ = waiting;
        }
        if (is_interrupted()) engine_->end_wait(waiting);
    }
    void interrupt() override {
        std::uint64_t waiting = 0;
        {
            const std::lock_guard lock(mutex_);
            interrupted_ = true;
            waiting = waiting_;
        }
        engine_->end_wait(waiting);
    }

private:
    bool is_interrupted() {
        const std::lock_guard lock(mutex_);
        return interrupted_;
    }

    const std::shared_ptr<Engine> engine_;
    const LockKind kind_;
    const std::string key_;
    std::mutex mutex_;  // guards all below
    std::uint64_t waiting_ = 0;
    bool interrupted_ = false;
};

class SqliteLockStore final : public LockStore {
public:
    explicit SqliteLockStore(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}

    void acquire(AcquireParams params, Done<AcquireAnswer> done) override {
        const Millis timeout = params.timeout;
        change<Result<AcquireAnswer>>(
            timeout, std::move(done), [params = std::move(params)](Session& session) {
                return sqlite_side::acquire(session, params);
            });
    }
    void renew(std::vector<LockRef> locks,
               Millis timeout,
               Done<std::vector<Status>> done) override {
        change<Result<std::vector<Status>>>(
            timeout, std::move(done), [locks = std::move(locks)](Session& session) {
                return sqlite_side::renew(session, locks);
            });
    }
    void release(LockRef lock, Millis timeout, Done<ReleaseOutcome> done) override {
        change<Result<ReleaseOutcome>>(
            timeout, std::move(done), [lock = std::move(lock)](Session& session) {
                return sqlite_side::release(session, lock);
            });
    }
    void release_owner(std::string key,
                       std::string owner,
                       Millis timeout,
                       DoneStatus done) override {
        change<Status>(timeout,
                       std::move(done),
                       [key = std::move(key), owner = std::move(owner)](Session& session) {
                           return sqlite_side::release_owner(session, key, owner);
                       });
    }
    void status(std::string key, Millis timeout, Done<std::optional<LockHolder>> done) override {
        using Answer = Result<std::optional<LockHolder>>;
        const auto look = [key = std::move(key)](Session& session) {
            return Answer(lock_status(session, key));
        };
        engine_->ask<Answer>(Part::locks, timeout, look, look, std::move(done));
    }

    void begin(BeginParams params, Done<BeginAnswer> done) override {
        const Millis timeout = params.timeout;
        change<Result<BeginAnswer>>(
            timeout, std::move(done), [params = std::move(params)](Session& session) {
                return sqlite_side::begin(session, params);
            });
    }
    void renew_records(std::vector<LockRef> records,
                       Millis timeout,
                       Done<std::vector<Status>> done) override {
        change<Result<std::vector<Status>>>(
            timeout, std::move(done), [records = std::move(records)](Session& session) {
                return sqlite_side::renew_records(session, records);
            });
    }
    void finish(RecordParams params, DoneStatus done) override {
        const Millis timeout = params.timeout;
        change<Status>(timeout, std::move(done), [params = std::move(params)](Session& session) {
            return sqlite_side::finish(session, params);
        });
    }
    void forget(LockRef record, Millis timeout, DoneStatus done) override {
        change<Status>(timeout, std::move(done), [record = std::move(record)](Session& session) {
            return sqlite_side::forget(session, record);
        });
    }

    std::unique_ptr<LockWatcher> watch(LockKind kind, std::string key) override {
        return std::make_unique<Watcher>(engine_, kind, std::move(key));
    }
    void hear_of_taken(const std::weak_ptr<OnTaken>& listener) override {
        engine_->hear_of_taken(listener);
    }

    void close(Millis deadline) override { engine_->close(Part::locks, deadline); }

private:
    template <class Answer, class Callback>
    void change(Millis timeout, Callback done, typename Request<Answer>::Change step) {
        engine_->ask<Answer>(Part::locks, timeout, {}, std::move(step), std::move(done));
    }

    const std::shared_ptr<Engine> engine_;
};

}  // namespace

std::shared_ptr<LockStore> make_lock_store(std::shared_ptr<Engine> engine) {
    return std::make_shared<SqliteLockStore>(std::move(engine));
}

}  // namespace toril::sqlite_side

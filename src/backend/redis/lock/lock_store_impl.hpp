#pragma once

// The store's class. lock_store.cpp: locks; record_calls.cpp: records.

#include "backend/redis/lock/lock_links.hpp"
#include "contract/lock_store.hpp"

#include <memory>
#include <string>
#include <vector>

namespace toril::redis_store {

/// Locks and records as strings and hashes that expire by themselves, moved by scripts on the
/// connection that the program shares. docs/internals/redis-keys.md has the keys.
///
/// Threads: any. Answers come on the I/O thread of the connection; none of them needs the store.
class RedisLockStore final : public contract::LockStore {
public:
    RedisLockStore(std::shared_ptr<redis::Factory> factory, std::string_view prefix)
        : links_(std::make_shared<LockLinks>(std::move(factory), prefix)) {}
    ~RedisLockStore() override { links_->close(); }

    void acquire(contract::AcquireParams params,
                 contract::Done<contract::AcquireAnswer> done) override;
    void renew(std::vector<contract::LockRef> locks,
               Millis timeout,
               contract::Done<std::vector<Status>> done) override;
    void release(contract::LockRef lock,
                 Millis timeout,
                 contract::Done<contract::ReleaseOutcome> done) override;
    void release_owner(std::string key,
                       std::string owner,
                       Millis timeout,
                       contract::DoneStatus done) override;
    void status(std::string key,
                Millis timeout,
                contract::Done<std::optional<contract::LockHolder>> done) override;

    void begin(contract::BeginParams params, contract::Done<contract::BeginAnswer> done) override;
    void renew_records(std::vector<contract::LockRef> records,
                       Millis timeout,
                       contract::Done<std::vector<Status>> done) override;
    void finish(contract::RecordParams params, contract::DoneStatus done) override;
    void forget(contract::LockRef record, Millis timeout, contract::DoneStatus done) override;

    std::unique_ptr<contract::LockWatcher> watch(contract::LockKind kind, std::string key) override;
    void hear_of_taken(const std::weak_ptr<contract::OnTaken>& listener) override;

    void close(Millis deadline) override;

private:
    const std::shared_ptr<LockLinks> links_;
};

}  // namespace toril::redis_store

#pragma once

// The locks and records themselves: no threads, no clock, no callbacks. Time is an argument.

#include "contract/lock_store.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace toril::memory {

/// The times of one call.
struct LockTime {
    std::chrono::steady_clock::time_point now{};
    std::uint64_t wall_micros = 0;
};

class LockTable {
public:
    contract::AcquireAnswer acquire(const contract::AcquireParams& params, const LockTime& time);
    Status renew(const contract::LockRef& lock, const LockTime& time);
    contract::ReleaseOutcome release(const contract::LockRef& lock, const LockTime& time);
    Status release_owner(const std::string& key, const std::string& owner, const LockTime& time);
    std::optional<contract::LockHolder> status(const std::string& key, const LockTime& time) const;

    contract::BeginAnswer begin(const contract::BeginParams& params, const LockTime& time);
    Status renew_record(const contract::LockRef& record, const LockTime& time);
    Status finish(const contract::RecordParams& params, const LockTime& time);
    Status forget(const contract::LockRef& ref, const LockTime& time);

    /// How long until the lock, or the lease of the record, ends by itself. 0: it is free.
    Millis remaining(contract::LockKind kind, const std::string& key, const LockTime& time) const;

    std::size_t size() const { return locks_.size() + records_.size(); }

private:
    using Time = std::chrono::steady_clock::time_point;
    struct Held {
        std::string token{};
        std::string owner{};
        std::uint64_t fence = 0;
        Time ends{};
    };
    struct Record {
        bool done = false;
        bool failed = false;
        std::string fingerprint{};
        std::string token{};
        std::string value{};
        std::uint64_t fence = 0;
        Time lease_ends{};
        Time kept_until{};
    };
    const Held* holder(const std::string& key, Time now) const;
    Record* mine(const std::string& key, const std::string& token, Time now);
    std::uint64_t next_fence(const LockTime& time);
    void sweep(Time now);

    std::map<std::string, Held> locks_{};
    std::map<std::string, Record> records_{};
    // One for all keys: larger than each key's last, without remembering each key.
    std::uint64_t last_fence_ = 0;
    std::size_t sweep_at_ = 64;
};

}  // namespace toril::memory

#pragma once

// What a backend must do for locks and idempotency records. The rules at the top of job_store.hpp
// hold here too. Locks end by themselves: `ttl` after the last grant or renewal, by a clock of the
// store that no change of the wall clock moves (SQLite: CLOCK_BOOTTIME and the boot's id; Redis:
// its own expiry).
//
// A fence is the larger of the key's last fence + 1 and the store's wall clock in microseconds, so
// that it grows even when the store forgot the last one. At most 2^53.

#include "contract/job_store.hpp"

#include <toril/result.hpp>
#include <toril/time.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace toril::contract {

struct LockHolder {
    std::string owner{};  // who it is, in words for people; a job's id for instance
    std::uint64_t fence = 0;
    Millis remaining{0};

    friend bool operator==(const LockHolder&, const LockHolder&) = default;
};

struct AcquireParams {
    std::string key{};
    // Of one handle, never used twice; without '|'. Asked again: held for the whole ttl, with the
    // same fence.
    std::string token{};
    std::string owner{};
    Millis ttl{0};
    Millis timeout{0};  // longest wait for the answer
};

struct AcquireAnswer {
    bool held = false;
    std::uint64_t fence = 0;  // if held
    LockHolder holder{};      // if not
};

struct LockRef {
    std::string key{};
    std::string token{};
    Millis ttl{0};  // renew: from now on
};

enum class ReleaseOutcome : unsigned char {
    released,
    expired,  // nobody held it any more
    lost,     // another holds it; it was left alone
};

enum class RecordState : unsigned char { free, running, done };

struct BeginParams {
    std::string key{};
    std::string fingerprint{};  // of the request; up to 64 bytes
    std::string token{};        // of this call
    Millis lease{0};            // how long a run that is not renewed counts as under way
    Millis timeout{0};
};

struct BeginAnswer {
    enum class Kind : unsigned char {
        run,       // the caller is to do it, with `fence`
        running,   // another does, for `remaining` at most unless it renews
        replay,    // done before: `value`
        mismatch,  // the key was used for another request
    };
    Kind kind = Kind::run;
    std::uint64_t fence = 0;
    Millis remaining{0};
    std::string value{};
    bool failed = false;  // replay: `value` is the reason of a failure that is kept
};

struct RecordParams {
    std::string key{};
    std::string token{};
    std::string value{};
    bool failed = false;
    Millis keep{0};  // how long the answer is replayed
    Millis timeout{0};
};

/// Waits until a lock, or a record that is running, may have become free.
///
/// A hint: the caller looks and waits again. What happened since the last look counts.
class LockWatcher {
public:
    virtual ~LockWatcher() = default;
    /// Ends after a release, a removal, the end of the ttl as far as the store knows it, or
    /// `at_most`. One wait at a time. Errors: `cancelled` after `interrupt`.
    virtual void wait(Millis at_most, DoneStatus done) = 0;
    virtual void interrupt() = 0;
};

enum class LockKind : unsigned char { lock, record };

/// Told the key of a lock that was taken from who held it. Empty: some may have been.
using OnTaken = std::function<void(const std::string& key)>;

class LockStore {
public:
    virtual ~LockStore() = default;

    virtual void acquire(AcquireParams params, Done<AcquireAnswer> done) = 0;
    /// One item a lock: `not_owner` when it is gone or another's.
    virtual void renew(std::vector<LockRef> locks,
                       Millis timeout,
                       Done<std::vector<Status>> done) = 0;
    virtual void release(LockRef lock, Millis timeout, Done<ReleaseOutcome> done) = 0;
    /// By who holds it, not by handle. Errors: `not_found`; `not_owner` with the holder's name.
    virtual void release_owner(std::string key,
                               std::string owner,
                               Millis timeout,
                               DoneStatus done) = 0;
    /// Empty: nobody.
    virtual void status(std::string key, Millis timeout, Done<std::optional<LockHolder>> done) = 0;

    virtual void begin(BeginParams params, Done<BeginAnswer> done) = 0;
    /// As `renew`, for records that are running.
    virtual void renew_records(std::vector<LockRef> records,
                               Millis timeout,
                               Done<std::vector<Status>> done) = 0;
    /// Stores the answer. Errors: `not_owner` when the lease ended and another runs, or ran.
    virtual void finish(RecordParams params, DoneStatus done) = 0;
    /// Forgets the record: the next one runs. Errors: `not_owner`.
    virtual void forget(LockRef record, Millis timeout, DoneStatus done) = 0;

    virtual std::unique_ptr<LockWatcher> watch(LockKind kind, std::string key) = 0;
    /// Tells of `release_owner`, in any process, at once. A hint that may be missed, or never come:
    /// holders find out when they renew. As long as `listener` lives.
    virtual void hear_of_taken(const std::weak_ptr<OnTaken>& listener) { (void)listener; }

    /// Ends waits and answers what waits. Idempotent.
    virtual void close(Millis deadline) = 0;
};

}  // namespace toril::contract

#pragma once

#include <toril/fwd.hpp>
#include <toril/result.hpp>
#include <toril/time.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace toril {

/// What a lock does while its store is away.
enum class WhenAway : unsigned char {
    closed,  ///< Nobody gets it: `unavailable`.
    open,    ///< Go on without it: `degraded`, and nothing keeps another from doing the same.
    local,   ///< Among the processes of this user on this host only: `degraded`.
};

enum class LockOutcome : unsigned char {
    held,      ///< It is yours, among all that use this store.
    busy,      ///< Another has it: see `holder`.
    degraded,  ///< The store is away, and the lock's policy let you go on. No fence.
};
std::string_view to_string(LockOutcome outcome) noexcept;
std::string_view to_string(WhenAway when_away) noexcept;

struct LockOptions {
    /// Ends by itself so long after the last renewal. 100 ms to 366 days.
    Millis ttl{300'000};
    /// How long to wait for it if another has it. 0: not.
    Millis wait{0};
    /// Who you are, for the one who finds it held: a job's id for instance. Up to 256 bytes.
    /// Empty: host and process.
    std::string owner{};
    WhenAway when_away = WhenAway::closed;
    /// Renewed in the background, every third of the ttl, for as long as the handle lives.
    bool renew = true;
    /// Longest wait for the store before `when_away` decides. More than 0.
    Millis store_timeout{1'000};
};

/// Who holds a lock.
struct LockInfo {
    std::string owner{};
    std::uint64_t fence = 0;  ///< Larger than that of any holder before it.
    Millis remaining{0};
};

enum class LockRelease : unsigned char {
    released,
    expired,  ///< It had ended before.
    lost,     ///< Another has it, and keeps it.
    unknown,  ///< The store did not answer; it ends by its ttl.
};
std::string_view to_string(LockRelease release) noexcept;

/// A lock that is held, or stands for one while the store is away. Released when it ends.
///
/// A pause of the process, or of the store, can end any lock: write what it protects under its
/// `fence`, and refuse what comes with a lower one.
///
/// Threads: any method, from any thread.
class Lock final {
public:
    Lock(Lock&&) noexcept;
    Lock& operator=(Lock&&) noexcept;
    ~Lock();  // releases, without waiting for the answer

    const std::string& key() const noexcept;
    /// 0: degraded.
    std::uint64_t fence() const noexcept;
    bool is_degraded() const noexcept;
    /// For sure still ours: by this process' own clock, from the time at which the last grant or
    /// renewal was asked for, a margin taken off. Degraded: only with `local`.
    bool is_held() const noexcept;
    /// 0: not held. `Millis::max()`: degraded with `local`, which lasts as long as the handle.
    Millis remaining() const noexcept;
    /// Asked to stop when it is lost: before it can be another's if the store does not answer,
    /// and as soon as the store says so. Its callbacks run on the thread that renews: be quick.
    std::stop_token stop_token() const noexcept;

    /// Once more for the whole ttl, now. Errors: `not_owner` when it is lost, and those of Locks.
    Status renew();
    /// Later calls answer what the first did. Waits for the store.
    LockRelease release();
    /// Leaves it held, without renewal, until its ttl or `Locks::release`. The handle is empty.
    void leave() &&;

    class Impl;
    explicit Lock(std::shared_ptr<Impl> impl) noexcept;

private:
    std::shared_ptr<Impl> impl_;
};

/// What `Locks::acquire` answers.
struct LockAnswer {
    LockOutcome outcome = LockOutcome::busy;
    std::optional<Lock> lock{};        ///< held, degraded
    std::optional<LockInfo> holder{};  ///< busy
};

/// What locks did so far.
struct LockStats {
    std::uint64_t held = 0;
    std::uint64_t busy = 0;
    std::uint64_t degraded = 0;
    std::uint64_t refused_away = 0;  ///< The store was away, and the policy is `closed`.
    std::uint64_t released = 0;
    std::uint64_t renewals = 0;
    std::uint64_t lost = 0;
    std::uint64_t wait_ms = 0;  ///< Time in which callers waited for another.
    std::uint64_t holding = 0;  ///< Now.
};

/// Locks by name, among all that use the store.
///
/// Threads:  any method, from any thread, at the same time.
/// Blocking: `acquire` for `wait` and for the store; others for the store.
/// Keys:     1 to 512 bytes without control characters.
class Locks final {
public:
    static Result<Locks> open(const Store& store);

    /// Errors: `invalid_argument`; `unavailable` when the store is away and the policy is
    /// `closed`. That another has it is no error.
    Result<LockAnswer> acquire(std::string_view key, const LockOptions& options = {});

    /// A lock on what a job works on: the first wins and does it, others learn which job does.
    /// It is released by whoever knows the job's id (`release_job`), in any process.
    ///
    ///     auto answer = locks.acquire_job("user-7", "example.com", "job-42");
    Result<LockAnswer> acquire_job(std::string_view scope,
                                   std::string_view resource,
                                   std::string_view job_id,
                                   LockOptions options = {});
    Status release_job(std::string_view scope, std::string_view resource, std::string_view job_id);
    Result<std::optional<LockInfo>> job_status(std::string_view scope, std::string_view resource);

    /// Nobody: none.
    Result<std::optional<LockInfo>> status(std::string_view key);
    /// By its owner's name. Errors: `not_found` when nobody holds it, `not_owner` with the holder.
    Status release(std::string_view key, std::string_view owner);

    LockStats stats() const;

private:
    class Impl;
    explicit Locks(std::shared_ptr<Impl> impl) noexcept;

    std::shared_ptr<Impl> impl_;
};

// ---- doing something once ----------------------------------------------------------------------

struct IdempotencyOptions {
    /// A run that is not renewed for so long counts as dead: the next one runs. Renewed in the
    /// background while the handle lives.
    Millis lease{30'000};
    /// How long to wait for a run that is under way. 0: not.
    Millis wait{0};
    Millis keep{86'400'000};         ///< How long an answer is replayed.
    Millis keep_failure{3'600'000};  ///< The same for a failure that is kept.
    Millis store_timeout{1'000};
};

/// The right to do something once. Not finished when it ends: the next one may.
class IdempotentRun final {
public:
    IdempotentRun(IdempotentRun&&) noexcept;
    IdempotentRun& operator=(IdempotentRun&&) noexcept;
    ~IdempotentRun();

    /// Larger than that of any run before it.
    std::uint64_t fence() const noexcept;
    /// Asked to stop when the lease is lost.
    std::stop_token stop_token() const noexcept;

    /// Stores the answer (at most 1 MiB) for all who ask again. Errors: `not_owner` when the
    /// lease was lost: another runs or ran, and its answer counts.
    Status complete(std::string_view answer);
    /// Keeps the failure as the answer. A failure that may be tried again needs no call.
    Status fail(std::string_view reason);

    class Impl;
    explicit IdempotentRun(std::shared_ptr<Impl> impl) noexcept;

private:
    std::shared_ptr<Impl> impl_;
};

struct IdempotencyAnswer {
    enum class Kind : unsigned char {
        run,       ///< Do it: `run`.
        wait,      ///< Another does, and has not finished within `wait`: ask again later.
        replay,    ///< Done before: `answer`.
        conflict,  ///< Another does it now, and you did not want to wait (HTTP 409).
        mismatch,  ///< The key was used for a request with another fingerprint (HTTP 422).
    };
    Kind kind = Kind::run;
    std::optional<IdempotentRun> run{};
    std::string answer{};
    bool failed = false;    ///< replay: `answer` is the reason of a failure.
    Millis retry_after{0};  ///< wait, conflict: the other's lease ends then, unless it goes on.
};
std::string_view to_string(IdempotencyAnswer::Kind kind) noexcept;

/// Records of what was done, by key. A store that is away fails the call (`unavailable`): nothing
/// is done twice.
class Idempotency final {
public:
    static Result<Idempotency> open(const Store& store);

    /// `fingerprint` stands for the request (its hash, say): at most 64 bytes, may be empty.
    Result<IdempotencyAnswer> begin(std::string_view key,
                                    std::string_view fingerprint,
                                    const IdempotencyOptions& options = {});

private:
    class Impl;
    explicit Idempotency(std::shared_ptr<Impl> impl) noexcept;

    std::shared_ptr<Impl> impl_;
};

}  // namespace toril

#pragma once

// Where a producer keeps jobs while its store is away, and what it has sent of them. One object is
// the line of one queue; a file holds the lines of several queues, and several processes may have
// it open.
//
// Rules for every implementation:
//  - Calls block, for a disk at most. One thread at a time.
//  - What `append` took is there after a kill of the process; with `is_durable`, also after a power
//    cut. The same goes for `next` and `settle`.
//  - Jobs come back from `next` in the order in which they were appended, by whatever process.
//  - Errors: `limit_reached` when the disk is full, `corrupt` when the file is damaged, else
//    `unavailable`. Nothing was changed then.

#include "contract/job_store.hpp"

#include <toril/result.hpp>
#include <toril/time.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace toril::contract {

/// How long a store has to remember an add of a queue with a spool: its repeat may come after an
/// outage. 7 days.
inline constexpr Millis spool_repeat_lifetime{7LL * 24 * 3600 * 1000};

/// Under which jobs were first sent to the store, and are sent again until it answers.
struct SpoolAttempt {
    std::string token{};
    std::uint64_t sequence = 0;

    friend bool operator==(const SpoolAttempt&, const SpoolAttempt&) = default;
};

/// Of one line.
struct SpoolBounds {
    std::uint64_t jobs_max = 0;
    std::uint64_t bytes_max = 0;
    bool drop_oldest = false;  // to make room, those that were never sent
};

struct SpoolAppended {
    std::size_t jobs = 0;       // the first so many; the others found no room
    std::uint64_t dropped = 0;  // to make room
};

struct SpoolSize {
    std::uint64_t jobs = 0;
    std::uint64_t bytes = 0;
    Timestamp oldest{};          // when the first was appended; the epoch: there is none
    std::uint64_t rejected = 0;  // kept beside the line, with the reason
};

/// Jobs that go to the store in one call.
struct SpoolBatch {
    std::int64_t id = 0;
    SpoolAttempt attempt{};
    std::vector<AddJob> jobs{};
};

/// A job that the store will never take.
struct SpoolRefusal {
    std::size_t index = 0;  // in its batch
    Error reason{ErrorCode::failed, ""};
};

class SpoolLog {
public:
    virtual ~SpoolLog() = default;

    virtual bool is_durable() const noexcept = 0;
    virtual Result<bool> is_empty() = 0;
    virtual Result<SpoolSize> size() = 0;

    /// Appends jobs that were never sent, as long as there is room. Each has an id.
    virtual Result<SpoolAppended> append(std::span<const AddJob> jobs,
                                         Timestamp now,
                                         const SpoolBounds& bounds) = 0;
    /// Appends the jobs of a call whose outcome is not known: they stay one batch, under its
    /// attempt. There is always room: it is one batch at most.
    virtual Status append_sent(std::span<const AddJob> jobs,
                               Timestamp now,
                               const SpoolAttempt& attempt) = 0;

    /// The right to forward, which one log has at a time. False: another one has it. It ends with
    /// `end_turn`, with this object and with the process.
    virtual bool take_turn() = 0;
    virtual void end_turn() = 0;

    /// The batch at the front, as it was sent before, else the first `jobs_max` jobs (of at most
    /// `bytes_max` bytes, or one), from now on under `fresh`. Empty: there is none.
    /// REQUIRES: this log has the turn.
    virtual Result<std::optional<SpoolBatch>> next(const SpoolAttempt& fresh,
                                                   std::size_t jobs_max,
                                                   std::size_t bytes_max) = 0;
    /// The store has answered: the batch is gone, its refused jobs are kept aside.
    /// REQUIRES: `batch` came from the latest `next` of this turn.
    virtual Status settle(const SpoolBatch& batch,
                          Timestamp now,
                          std::span<const SpoolRefusal> refused) = 0;
};

struct SpoolOpening {
    std::string path{};  // empty: in memory, for this object alone
    std::string prefix = "bull";
    std::string queue{};
};

using OpenSpool = std::function<Result<std::unique_ptr<SpoolLog>>(const SpoolOpening&)>;

}  // namespace toril::contract

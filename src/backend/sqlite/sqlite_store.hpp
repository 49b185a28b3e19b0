#pragma once

// The contract in SQL: one file, any number of processes of one host.
// docs/internals/sqlite-store.md describes tables, threads, locks and recovery.

#include "base/clock.hpp"
#include "contract/job_store.hpp"

#include <toril/log.hpp>
#include <toril/result.hpp>

#include <memory>
#include <string>

namespace toril::sqlite {

struct SqliteOptions {
    /// The database. Folders on the way to it are made, for this user only.
    std::string path{};
    /// `fsync` or `buffered`.
    contract::Durability durability = contract::Durability::fsync;
    /// Stores with different prefixes in one file do not see each other's queues.
    std::string prefix = "bull";
    LogSink log{};
    /// Empty (the default): the wall clock.
    base::Clock clock{};
    /// False: as on a system without inotify. For tests.
    bool use_inotify = true;
};

/// Opens the store, and makes it if it is not there. Blocks for as long as other processes
/// write, at most 10 s.
///
/// Errors name the file and the remedy: `corrupt` when it is damaged, of a newer version, or no
/// store of ours; `unavailable` when it cannot be opened, is on a network file system, or is
/// held by a process that does not go on; `limit_reached` when the disk is full.
Result<std::shared_ptr<contract::JobStore>> open_sqlite(const SqliteOptions& options);

/// Transactions committed by a store of ours so far, without those of other processes.
/// REQUIRES: `store` came from open_sqlite.
std::uint64_t commits_of(const contract::JobStore& store);

}  // namespace toril::sqlite

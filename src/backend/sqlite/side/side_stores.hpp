#pragma once

// Caches, locks and limits of the processes of one host, in a file beside the jobs' database.
// docs/internals/sqlite-store.md, "Side file", describes files, tables, threads and recovery.

#include "backend/sqlite/side/side_clock.hpp"
#include "contract/cache_store.hpp"
#include "contract/limit_store.hpp"
#include "contract/lock_store.hpp"

#include <toril/log.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace toril::sqlite_side {

class Engine;

struct SideOptions {
    std::string path{};  ///< Of the file. It is made when something is first asked of it.
    std::string prefix = "bull";
    LogSink log{};
    /// Of the file, without its log: above that the oldest cache entries go.
    std::uint64_t bytes_max = 256u * 1024 * 1024;
    std::optional<SideClock> clock{};  ///< None: the system's.
    /// False: as on a system without inotify. For tests.
    bool use_inotify = true;
};

struct Stores {
    std::shared_ptr<contract::CacheStore> cache{};
    std::shared_ptr<contract::LockStore> locks{};
    std::shared_ptr<contract::LimitStore> limits{};
    /// What they stand on, for health.
    std::shared_ptr<Engine> engine{};
};

/// Never fails: a file that cannot be used fails what is asked of it.
Stores open_side(const SideOptions& options);

}  // namespace toril::sqlite_side

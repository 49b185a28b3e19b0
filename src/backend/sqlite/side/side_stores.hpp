#pragma once

// Caches, locks and limits of the processes of one host, in a file beside the jobs' database.

#include "contract/cache_store.hpp"
#include "contract/limit_store.hpp"
#include "contract/lock_store.hpp"

#include <toril/log.hpp>

#include <memory>
#include <string>

namespace toril::sqlite_side {

struct SideOptions {
    std::string path{};  ///< Of the file. It is made when something is first asked of it.
    std::string prefix = "bull";
    LogSink log{};
};

struct Stores {
    std::shared_ptr<contract::CacheStore> cache{};
    std::shared_ptr<contract::LockStore> locks{};
    std::shared_ptr<contract::LimitStore> limits{};
};

/// Never fails: a file that cannot be used fails what is asked of it.
Stores open_side(const SideOptions& options);

}  // namespace toril::sqlite_side

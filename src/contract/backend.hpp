#pragma once

// A store is a bundle of contracts. store/open.cpp makes one from a URL.

#include "base/fallback_board.hpp"
#include "base/named_objects.hpp"
#include "contract/cache_store.hpp"
#include "contract/health_source.hpp"
#include "contract/job_store.hpp"
#include "contract/limit_store.hpp"
#include "contract/lock_store.hpp"
#include "contract/spool_log.hpp"

#include <memory>
#include <string>

namespace toril::contract {

struct Backend {
    std::shared_ptr<JobStore> jobs{};
    std::shared_ptr<CacheStore> cache{};  // null: a cache has no tier but its memory
    std::shared_ptr<LockStore> locks{};
    std::shared_ptr<LimitStore> limits{};
    std::shared_ptr<HealthSource> health{};
    OpenSpool open_spool{};  // for producers of this store
    std::string url{};       // as given, secrets replaced; for messages

    /// What stands in for the store at the moment.
    std::shared_ptr<base::FallbackBoard> fallbacks = std::make_shared<base::FallbackBoard>();

    /// What handles of this store share by name: `cache:<name>` for instance.
    std::shared_ptr<base::NamedObjects> shared = std::make_shared<base::NamedObjects>();
};

}  // namespace toril::contract

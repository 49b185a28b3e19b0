#pragma once

#include "backend/sqlite/side/engine.hpp"
#include "contract/cache_store.hpp"

#include <memory>

namespace toril::sqlite_side {

std::shared_ptr<contract::CacheStore> make_cache_store(std::shared_ptr<Engine> engine);

}  // namespace toril::sqlite_side

#pragma once

#include "backend/redis/redis_store.hpp"
#include "contract/cache_store.hpp"

#include <toril/redis/connection.hpp>

#include <memory>

namespace toril::redis_store {

std::shared_ptr<contract::CacheStore> open_cache_store(std::shared_ptr<redis::Factory> factory,
                                                       const RedisStoreOptions& options);

}  // namespace toril::redis_store

#pragma once

#include "backend/redis/redis_store.hpp"
#include "contract/limit_store.hpp"

#include <toril/redis/connection.hpp>

#include <memory>

namespace toril::redis_store {

std::shared_ptr<contract::LimitStore> open_limit_store(std::shared_ptr<redis::Factory> factory,
                                                       const RedisStoreOptions& options);

}  // namespace toril::redis_store

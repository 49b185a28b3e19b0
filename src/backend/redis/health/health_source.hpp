#pragma once

#include "backend/redis/redis_store.hpp"
#include "contract/health_source.hpp"

#include <toril/redis/connection.hpp>

#include <memory>

namespace toril::redis_store {

std::shared_ptr<contract::HealthSource> open_health_source(std::shared_ptr<redis::Factory> factory,
                                                           const RedisStoreOptions& options);

}  // namespace toril::redis_store

#include "backend/redis/cache/cache_store.hpp"

namespace toril::redis_store {

std::shared_ptr<contract::CacheStore> open_cache_store(std::shared_ptr<redis::Factory>,
                                                       const RedisStoreOptions&) {
    return nullptr;
}

}  // namespace toril::redis_store

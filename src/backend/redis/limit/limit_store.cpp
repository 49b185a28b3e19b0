#include "backend/redis/limit/limit_store.hpp"

namespace toril::redis_store {

std::shared_ptr<contract::LimitStore> open_limit_store(std::shared_ptr<redis::Factory>,
                                                       const RedisStoreOptions&) {
    return nullptr;
}

}  // namespace toril::redis_store

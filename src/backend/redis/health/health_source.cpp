#include "backend/redis/health/health_source.hpp"

namespace toril::redis_store {

std::shared_ptr<contract::HealthSource> open_health_source(std::shared_ptr<redis::Factory>) {
    return nullptr;
}

}  // namespace toril::redis_store

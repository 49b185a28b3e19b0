#include "backend/memory/health_source.hpp"

namespace toril::memory {

std::shared_ptr<contract::HealthSource> open_health_source() {
    return nullptr;
}

}  // namespace toril::memory

#include "backend/sqlite/side/health_source.hpp"

namespace toril::sqlite_side {

std::shared_ptr<contract::HealthSource> open_health_source(std::shared_ptr<contract::JobStore>,
                                                           const std::string&) {
    return nullptr;
}

}  // namespace toril::sqlite_side

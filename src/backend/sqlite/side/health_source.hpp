#pragma once

#include "backend/sqlite/side/side_stores.hpp"
#include "contract/health_source.hpp"

#include <memory>
#include <string>

namespace toril::sqlite_side {

/// `path`: of the jobs' database.
std::shared_ptr<contract::HealthSource> open_health_source(std::shared_ptr<contract::JobStore> jobs,
                                                           const Stores& side,
                                                           const std::string& path);

}  // namespace toril::sqlite_side

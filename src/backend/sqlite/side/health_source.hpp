#pragma once

#include "contract/health_source.hpp"

#include <memory>
#include <string>

namespace toril::sqlite_side {

std::shared_ptr<contract::HealthSource> open_health_source(std::shared_ptr<contract::JobStore> jobs,
                                                           const std::string& side_file);

}  // namespace toril::sqlite_side

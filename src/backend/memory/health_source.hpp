#pragma once

#include "contract/health_source.hpp"

#include <memory>

namespace toril::memory {

std::shared_ptr<contract::HealthSource> open_health_source();

}  // namespace toril::memory

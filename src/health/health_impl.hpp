#pragma once

#include "health/core.hpp"

#include <toril/health.hpp>

namespace toril {

class Health::Impl {
public:
    Impl(const Store& store, const HealthOptions& options) : core(store, options) {}

    health::Core core;
};

}  // namespace toril

#pragma once

#include "contract/limit_store.hpp"

#include <functional>
#include <memory>

namespace toril::memory {

/// Microseconds since 1970 that never go back: the wall clock when the process began, and what
/// has passed since.
base::Micros limit_clock();

std::shared_ptr<contract::LimitStore> open_limit_store(
    std::function<base::Micros()> clock = limit_clock);

}  // namespace toril::memory

#pragma once

#include "contract/limit_store.hpp"

#include <memory>

namespace toril::memory {

std::shared_ptr<contract::LimitStore> open_limit_store();

}  // namespace toril::memory

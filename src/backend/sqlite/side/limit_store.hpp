#pragma once

#include "backend/sqlite/side/engine.hpp"
#include "contract/limit_store.hpp"

#include <memory>

namespace toril::sqlite_side {

std::shared_ptr<contract::LimitStore> make_limit_store(std::shared_ptr<Engine> engine);

}  // namespace toril::sqlite_side

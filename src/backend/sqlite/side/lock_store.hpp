#pragma once

#include "backend/sqlite/side/engine.hpp"
#include "contract/lock_store.hpp"

#include <memory>

namespace toril::sqlite_side {

std::shared_ptr<contract::LockStore> make_lock_store(std::shared_ptr<Engine> engine);

}  // namespace toril::sqlite_side

#pragma once

#include "contract/lock_store.hpp"

#include <memory>

namespace toril::memory {

std::shared_ptr<contract::LockStore> open_lock_store();

}  // namespace toril::memory

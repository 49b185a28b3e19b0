#include "backend/memory/lock_store.hpp"

namespace toril::memory {

std::shared_ptr<contract::LockStore> open_lock_store() {
    return nullptr;
}

}  // namespace toril::memory

#include "backend/memory/limit_store.hpp"

namespace toril::memory {

std::shared_ptr<contract::LimitStore> open_limit_store() {
    return nullptr;
}

}  // namespace toril::memory

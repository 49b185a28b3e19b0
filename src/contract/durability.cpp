#include "contract/job_store.hpp"

namespace toril::contract {

std::string_view to_string(Durability durability) noexcept {
    switch (durability) {
        case Durability::fsync: return "fsync";
        case Durability::buffered: return "buffered";
        case Durability::in_process: return "volatile";
        case Durability::unknown: break;
    }
    return "unknown";
}

}  // namespace toril::contract

#include "backend/sqlite/side/side_stores.hpp"

namespace toril::sqlite_side {

Stores open_side(const SideOptions&) {
    return {};
}

}  // namespace toril::sqlite_side

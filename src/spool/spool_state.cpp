#include <toril/spool.hpp>

namespace toril {

std::string_view to_string(SpoolState state) noexcept {
    switch (state) {
        case SpoolState::direct: return "direct";
        case SpoolState::spooling: return "spooling";
        case SpoolState::draining: return "draining";
    }
    return "unknown";
}

}  // namespace toril

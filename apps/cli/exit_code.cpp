#include "exit_code.hpp"

namespace toril::cli {

Exit exit_for(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::invalid_argument: return Exit::usage;
        case ErrorCode::not_found: return Exit::not_found;
        case ErrorCode::already_held:
        case ErrorCode::not_owner:
        case ErrorCode::wrong_state:
        case ErrorCode::limit_reached: return Exit::refused;
        case ErrorCode::unavailable:
        case ErrorCode::corrupt: return Exit::unreachable;
        case ErrorCode::unauthorized: return Exit::unauthorized;
        case ErrorCode::outcome_unknown:
        case ErrorCode::timed_out: return Exit::unknown;
        default: return Exit::failure;
    }
}

}  // namespace toril::cli

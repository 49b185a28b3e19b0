#include <toril/error.hpp>

namespace toril {

std::string_view to_string(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::invalid_argument: return "invalid_argument";
        case ErrorCode::not_found: return "not_found";
        case ErrorCode::already_held: return "already_held";
        case ErrorCode::not_owner: return "not_owner";
        case ErrorCode::wrong_state: return "wrong_state";
        case ErrorCode::limit_reached: return "limit_reached";
        case ErrorCode::unavailable: return "unavailable";
        case ErrorCode::outcome_unknown: return "outcome_unknown";
        case ErrorCode::timed_out: return "timed_out";
        case ErrorCode::cancelled: return "cancelled";
        case ErrorCode::unauthorized: return "unauthorized";
        case ErrorCode::corrupt: return "corrupt";
        case ErrorCode::failed: return "failed";
        case ErrorCode::moved: return "moved";
        case ErrorCode::unrecoverable: return "unrecoverable";
    }
    return "unknown";
}

}  // namespace toril

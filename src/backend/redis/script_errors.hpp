#pragma once

// What an error reply to a script of ours means.

#include <toril/error.hpp>

#include <string>
#include <string_view>

namespace toril::redis_store {

/// The server did not run the script, or not what in it writes. Redis 6 wraps the error of a
/// script's own command: "ERR Error running script ... -OOM ...".
inline bool is_refusal(std::string_view text) {
    for (const std::string_view code :
         {"OOM", "READONLY", "MISCONF", "NOREPLICAS", "CLUSTERDOWN", "LOADING"})
        if (text.starts_with(code) || text.find("-" + std::string(code) + " ") != text.npos)
            return true;
    return false;
}

/// REQUIRES: the script writes nothing before its first command that a full or read-only server
/// refuses.
inline Error error_of(std::string_view text) {
    if (text.starts_with("TORILSTALE"))
        return {ErrorCode::wrong_state, "this call came after a later one had been answered"};
    if (is_refusal(text)) return {ErrorCode::unavailable, "redis refused: " + std::string(text)};
    return {ErrorCode::corrupt, "redis could not run this: " + std::string(text)};
}

}  // namespace toril::redis_store

#pragma once

#include <toril/error.hpp>

namespace toril::cli {

/// What a command's exit tells a script. Fixed: docs/reference/cli.md.
enum class Exit : int {
    ok = 0,
    failure = 1,
    usage = 2,  ///< Also a value that cannot be accepted.
    not_found = 3,
    refused = 4,  ///< Held, in the wrong state, or not confirmed.
    unreachable = 5,
    unauthorized = 6,
    unknown = 7,  ///< Timed out, or nobody can say whether it happened.
    partly = 8,
    findings = 9,  ///< `doctor` found problems.
};

Exit exit_for(ErrorCode code) noexcept;

}  // namespace toril::cli

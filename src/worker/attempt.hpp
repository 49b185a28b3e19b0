#pragma once

// One run of a handler: what it returned or threw, in words.

#include "worker/moving_context.hpp"

#include <toril/json.hpp>
#include <toril/result.hpp>
#include <toril/worker.hpp>

#include <optional>
#include <string>
#include <vector>

namespace toril::worker {

struct Attempt {
    Result<Json> result{Json{}};
    /// Nested exceptions of the one whose text is the result's error, the outermost first.
    std::vector<std::string> causes{};
    /// The handler's answer was this, and no failure; the result's error is its words.
    std::optional<Move> move{};
};

/// Runs the handler here and now; what it throws becomes a failed attempt.
Attempt run_handler(const Handler& handler, MovingContext& context);

/// Bounds what a handler returned: a return value that is too large is a failed attempt, a long
/// reason is cut (at a character, with "..." behind it).
void bound_attempt(Attempt& attempt);

}  // namespace toril::worker

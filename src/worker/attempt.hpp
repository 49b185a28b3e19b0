#pragma once

// One run of a handler: what it returned or threw, in words.

#include <toril/json.hpp>
#include <toril/result.hpp>
#include <toril/worker.hpp>

#include <string>
#include <vector>

namespace toril::worker {

struct Attempt {
    Result<Json> result{Json{}};
    /// Nested exceptions of the one whose text is the result's error, the outermost first.
    std::vector<std::string> causes{};
};

/// Runs the handler here and now; what it throws becomes a failed attempt.
Attempt run_handler(const Handler& handler, JobContext& context);

/// Bounds what a handler returned: a return value that is too large is a failed attempt, a long
/// reason is cut (at a character, with "..." behind it).
void bound_attempt(Attempt& attempt);

}  // namespace toril::worker

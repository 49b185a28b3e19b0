#include "job_state_argument.hpp"

#include "printable.hpp"

namespace toril::cli {

Result<JobState> parse_state(const std::string& text) {
    const std::optional<JobState> state = job_state_from(text);
    if (state && *state != JobState::unknown) return *state;
    return Error(ErrorCode::invalid_argument,
                 in_quotes(text) +
                     " is no state; it must be waiting, active, delayed, prioritized, "
                     "waiting-children, completed or failed");
}

}  // namespace toril::cli

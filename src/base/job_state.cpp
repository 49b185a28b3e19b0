#include <toril/job.hpp>

#include <array>
#include <utility>

namespace toril {
namespace {

constexpr std::array<std::pair<JobState, std::string_view>, 8> spellings{{
    {JobState::waiting, "waiting"},
    {JobState::active, "active"},
    {JobState::delayed, "delayed"},
    {JobState::prioritized, "prioritized"},
    {JobState::waiting_children, "waiting-children"},
    {JobState::completed, "completed"},
    {JobState::failed, "failed"},
    {JobState::unknown, "unknown"},
}};

}  // namespace

std::string_view to_string(JobState state) noexcept {
    for (const auto& [value, spelling] : spellings)
        if (value == state) return spelling;
    return "unknown";
}

std::optional<JobState> job_state_from(std::string_view text) noexcept {
    if (text == "wait" || text == "paused") return JobState::waiting;
    for (const auto& [value, spelling] : spellings)
        if (spelling == text) return value;
    return std::nullopt;
}

}  // namespace toril

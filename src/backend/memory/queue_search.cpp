// Which jobs look like this: a bounded step at a time.

#include "backend/memory/memory_queue.hpp"
#include "base/job_matcher.hpp"

#include <algorithm>
#include <charconv>

namespace toril::memory {
namespace {

constexpr std::array states_in_order{JobState::waiting,
                                     JobState::active,
                                     JobState::delayed,
                                     JobState::prioritized,
                                     JobState::waiting_children,
                                     JobState::completed,
                                     JobState::failed};

// cursor := index of a state, "/", score of the job looked at last, "/", its id
struct Cursor {
    std::size_t state = 0;
    std::optional<Position> after{};
};

Cursor cursor_from(const std::string& text) {
    Cursor cursor;
    Position after;
    const char* const end = text.data() + text.size();
    const auto state = std::from_chars(text.data(), end, cursor.state);
    if (state.ec != std::errc{} || state.ptr == end) return {};
    const auto score = std::from_chars(state.ptr + 1, end, after.score);
    if (score.ec != std::errc{} || score.ptr == end) return {};
    after.id.assign(score.ptr + 1, end);
    cursor.after = std::move(after);
    return cursor;
}

std::string to_text(std::size_t state, const JobRecord& job) {
    return std::to_string(state) + "/" + std::to_string(job.score) + "/" + job.id;
}

bool is_wanted(const JobFilter& filter, JobState state) {
    const auto& states = filter.states;
    return states.empty() || std::find(states.begin(), states.end(), state) != states.end();
}

}  // namespace

contract::Found MemoryQueue::search(const contract::FindParams& params) const {
    const base::JobMatcher matcher(params.filter);
    Cursor cursor = cursor_from(params.cursor);
    contract::Found found;
    for (; cursor.state < states_in_order.size(); ++cursor.state, cursor.after.reset()) {
        if (!is_wanted(params.filter, states_in_order[cursor.state])) continue;
        const Home& home = homes_[states_in_order[cursor.state]];
        auto at = cursor.after ? home.upper_bound(*cursor.after) : home.begin();
        for (; at != home.end(); ++at) {
            ++found.looked;
            Job job = job_from(**at, name_);
            if (matcher.matches(job)) found.jobs.push_back(std::move(job));
            if (found.looked >= params.looks) {
                found.cursor = to_text(cursor.state, **at);
                return found;
            }
        }
    }
    return found;
}

}  // namespace toril::memory

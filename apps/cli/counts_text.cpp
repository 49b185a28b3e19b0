#include "counts_text.hpp"

#include <algorithm>
#include <string_view>

namespace toril::cli {

std::string counts_text(const JobCounts& counts) {
    std::string text;
    const auto line = [&](std::string_view state, std::uint64_t jobs) {
        const std::string number = std::to_string(jobs);
        text.append(state).append(18 - state.size(), ' ');
        text.append(10 - std::min<std::size_t>(number.size(), 10), ' ').append(number) += '\n';
    };
    line("waiting", counts.waiting);
    line("active", counts.active);
    line("delayed", counts.delayed);
    line("prioritized", counts.prioritized);
    line("waiting-children", counts.waiting_children);
    line("completed", counts.completed);
    line("failed", counts.failed);
    line("paused", counts.paused);
    return text;
}

}  // namespace toril::cli

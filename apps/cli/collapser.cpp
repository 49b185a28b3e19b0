#include "collapser.hpp"

namespace toril::cli {

bool Collapser::admit(std::string_view key, Timestamp now) {
    auto at = windows_.find(key);
    if (at == windows_.end()) at = windows_.emplace(std::string(key), Window{.from = now}).first;
    Window& window = at->second;
    // What was left out is told first, by take_rests; until then the window goes on.
    if (window.left_out == 0 && now - window.from >= window_) window = {.from = now};
    if (window.printed < lines_max_) {
        ++window.printed;
        return true;
    }
    ++window.left_out;
    return false;
}

std::vector<Collapser::Rest> Collapser::take_rests(Timestamp now, bool all) {
    std::vector<Rest> rests;
    for (auto at = windows_.begin(); at != windows_.end();) {
        const Window& window = at->second;
        if (!all && now - window.from < window_) {
            ++at;
            continue;
        }
        if (window.left_out > 0) rests.push_back({at->first, window.left_out, now - window.from});
        at = windows_.erase(at);
    }
    return rests;
}

}  // namespace toril::cli

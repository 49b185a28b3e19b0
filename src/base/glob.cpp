#include "base/glob.hpp"

#include <cstddef>

namespace toril::base {

bool glob_matches(std::string_view pattern, std::string_view text) noexcept {
    std::size_t p = 0;
    std::size_t t = 0;
    // Where to go on when what follows the latest star does not fit: the star takes one more byte.
    std::size_t after_star = std::string_view::npos;
    std::size_t star_takes_to = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            after_star = ++p;
            star_takes_to = t;
            continue;
        }
        const bool escaped = p + 1 < pattern.size() && pattern[p] == '\\';
        const std::size_t at = escaped ? p + 1 : p;
        if (at < pattern.size() && ((!escaped && pattern[at] == '?') || pattern[at] == text[t])) {
            p = at + 1;
            ++t;
            continue;
        }
        if (after_star == std::string_view::npos) return false;
        p = after_star;
        t = ++star_takes_to;
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

}  // namespace toril::base

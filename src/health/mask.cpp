#include "health/mask.hpp"

#include <algorithm>

namespace toril::health {

std::string masked(std::string_view text) {
    std::string clean;
    std::size_t done = 0;
    for (std::size_t scheme = text.find("://"); scheme != text.npos;
         scheme = text.find("://", done)) {
        const std::size_t from = scheme + 3;
        const std::size_t end = std::min(text.find_first_of(" \t\r\n\"'<>", from), text.size());
        const std::string_view url = text.substr(from, end - from);
        // A password that was not percent-encoded may hold '/' and '@': the last '@' ends it.
        const std::size_t at = url.rfind('@');
        const std::size_t colon = url.find(':');
        clean += text.substr(done, from - done);
        if (at != url.npos && colon != url.npos && colon < at) {
            clean += url.substr(0, colon + 1);
            clean += "***";
            clean += url.substr(at);
        } else {
            clean += url;
        }
        done = end;
    }
    return clean += text.substr(done);
}

}  // namespace toril::health

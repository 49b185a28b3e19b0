#include "backend/redis/health/info_facts.hpp"

namespace toril::redis_store {

void append_info(std::string_view info, Facts& facts) {
    while (!info.empty()) {
        const std::size_t end = info.find('\n');
        std::string_view line = info.substr(0, end);
        info.remove_prefix(end == info.npos ? info.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        const std::size_t colon = line.find(':');
        if (line.starts_with('#') || colon == line.npos || colon == 0) continue;
        facts.emplace_back(line.substr(0, colon), line.substr(colon + 1));
    }
}

}  // namespace toril::redis_store

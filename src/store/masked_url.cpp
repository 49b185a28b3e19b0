#include <toril/config.hpp>

namespace toril {

std::string masked_url(std::string_view url) {
    const std::size_t scheme_end = url.find("://");
    if (scheme_end == std::string_view::npos) return std::string(url);
    const std::size_t from = scheme_end + 3;
    // A password that was not percent-encoded may hold '/', '?' and '@' itself. The last '@'
    // ends it, so that none of it is shown.
    const std::size_t at = url.rfind('@');
    if (at == std::string_view::npos || at < from) return std::string(url);
    const std::size_t colon = url.find(':', from);
    if (colon == std::string_view::npos || colon > at) return std::string(url);
    return std::string(url.substr(0, colon + 1)) + "***" + std::string(url.substr(at));
}

}  // namespace toril

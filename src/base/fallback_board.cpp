#include "base/fallback_board.hpp"

namespace toril::base {

void FallbackBoard::begin(std::string_view, std::string_view, std::string_view) {}
void FallbackBoard::end(std::string_view) {}
void FallbackBoard::count(std::string_view, std::uint64_t) {}
std::vector<Fallback> FallbackBoard::all() const {
    return {};
}
bool FallbackBoard::is_any_active() const {
    return false;
}
void FallbackBoard::listen(Listener) {}
void FallbackBoard::tell(const Fallback&, bool) {}

}  // namespace toril::base

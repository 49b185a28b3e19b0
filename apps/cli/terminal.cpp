#include "terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace toril::cli {
namespace {

std::string_view environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

}  // namespace

bool is_terminal(std::FILE* stream) noexcept {
    return ::isatty(::fileno(stream)) == 1;
}

std::size_t terminal_width() noexcept {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 80;
}

bool wants_colour(std::FILE* stream, const std::optional<std::string>& choice) {
    if (choice == "always") return true;
    if (choice == "never" || !environment("NO_COLOR").empty()) return false;
    if (!environment("FORCE_COLOR").empty()) return true;
    return environment("TERM") != "dumb" && is_terminal(stream);
}

}  // namespace toril::cli

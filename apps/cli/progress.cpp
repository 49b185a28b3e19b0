#include "progress.hpp"

#include "terminal.hpp"

#include <cstdio>

namespace toril::cli {

using namespace std::chrono_literals;

Progress::Progress(std::string_view what)
    : what_(what), is_shown_(is_terminal(stderr)), from_(std::chrono::steady_clock::now()) {}

Progress::~Progress() {
    if (has_line_) std::fputs("\r\x1b[K", stderr);
}

void Progress::show(std::uint64_t count) {
    const auto now = std::chrono::steady_clock::now();
    if (!is_shown_ || now - shown_at_ < 100ms) return;
    shown_at_ = now;
    has_line_ = true;
    const double seconds = std::chrono::duration<double>(now - from_).count();
    std::fprintf(stderr,
                 "\r\x1b[K%llu %s, %.0f a second",
                 static_cast<unsigned long long>(count),
                 what_.c_str(),
                 seconds > 0 ? static_cast<double>(count) / seconds : 0.0);
}

}  // namespace toril::cli

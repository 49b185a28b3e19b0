#pragma once

#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>

namespace toril::cli {

bool is_terminal(std::FILE* stream) noexcept;

/// Columns of the terminal behind stdout; 80 when it does not say.
std::size_t terminal_width() noexcept;

/// Whether to write colours to `stream`: what `--color` says, else NO_COLOR, TERM=dumb,
/// FORCE_COLOR, else whether it is a terminal.
bool wants_colour(std::FILE* stream, const std::optional<std::string>& choice);

}  // namespace toril::cli

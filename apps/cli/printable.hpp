#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace toril::cli {

/// Text that cannot steer a terminal or break a line: control characters, escape sequences,
/// signs that turn the direction of writing, and bytes that are not UTF-8 are shown as `\n`,
/// `\x1b`, `\u202e`. A backslash is kept.
std::string printable(std::string_view text);

/// The same in quotes, cut when it is long.
std::string in_quotes(std::string_view text);

/// At most `width` characters, the last of them an ellipsis if any were cut. Takes printable text.
std::string cut(std::string_view text, std::size_t width);

/// Characters of printable text, for columns. Wide ones count as one.
std::size_t width_of(std::string_view text) noexcept;

}  // namespace toril::cli

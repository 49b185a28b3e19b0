#pragma once

// Patterns of keys: `*` is any text, `?` any one byte, `\` takes the next as it is.

#include <string_view>

namespace toril::base {

/// Whether `pattern` describes all of `text`. No recursion: at most pattern x text steps.
bool glob_matches(std::string_view pattern, std::string_view text) noexcept;

}  // namespace toril::base

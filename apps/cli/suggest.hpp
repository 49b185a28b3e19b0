#pragma once

#include <span>
#include <string>
#include <string_view>

namespace toril::cli {

/// The known word that a mistyped one is closest to; empty: none is close.
std::string closest(std::string_view word, std::span<const std::string> known);

}  // namespace toril::cli

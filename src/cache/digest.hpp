#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace toril::cache {

/// SHA-256 (FIPS 180-4). Keys are made of what strangers send, so two queries with one key must
/// not be findable: a faster hash would serve one user's page to another.
std::array<std::uint8_t, 32> sha256(std::string_view text);

}  // namespace toril::cache

#pragma once

#include <string>
#include <string_view>

namespace toril::health {

/// The text with the password of each URL in it replaced by `***`: `redis://ada:***@host`. Records
/// come without secrets; this is for what others put into them.
std::string masked(std::string_view text);

}  // namespace toril::health

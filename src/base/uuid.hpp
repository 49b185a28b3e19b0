#pragma once

#include <string>

namespace toril::base {

/// A random UUID (version 4) as text, from the system's own source of randomness.
std::string make_uuid();

}  // namespace toril::base

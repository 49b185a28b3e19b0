#include "base/rate_limit.hpp"

namespace toril::base {}  // namespace toril::base

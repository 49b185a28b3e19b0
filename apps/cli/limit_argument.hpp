#pragma once

#include <toril/result.hpp>
#include <toril/time.hpp>

#include <cstdint>
#include <string_view>

namespace toril::cli {

struct Limit {
    std::int64_t max = 0;
    Millis duration{0};
};

/// `10/1s`: ten starts a second. Errors: `invalid_argument` that names `flag`.
Result<Limit> parse_limit(std::string_view flag, std::string_view text);

}  // namespace toril::cli

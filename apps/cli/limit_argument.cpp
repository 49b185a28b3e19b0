#include "limit_argument.hpp"

#include "printable.hpp"

#include <toril/config.hpp>

#include <charconv>

namespace toril::cli {

Result<Limit> parse_limit(std::string_view flag, std::string_view text) {
    const auto refused = [&] {
        return Error(ErrorCode::invalid_argument,
                     std::string(flag) + " is " + in_quotes(text) +
                         "; write MAX/DURATION, 100/1m for instance");
    };
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return refused();
    Limit limit;
    const char* const middle = text.data() + slash;
    const auto [end, failure] = std::from_chars(text.data(), middle, limit.max);
    const Result<Millis> duration = parse_duration(text.substr(slash + 1));
    if (failure != std::errc{} || end != middle || limit.max < 1 || !duration ||
        *duration == Millis{0})
        return refused();
    limit.duration = *duration;
    return limit;
}

}  // namespace toril::cli

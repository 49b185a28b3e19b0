#include "time_argument.hpp"

#include "printable.hpp"

#include <toril/config.hpp>

#include <charconv>
#include <chrono>
#include <ctime>
#include <string>

namespace toril::cli {

Result<Timestamp> parse_time(std::string_view flag, std::string_view text) {
    std::int64_t count = 0;
    const char* const last = text.data() + text.size();
    const auto [end, failure] = std::from_chars(text.data(), last, count);
    if (failure == std::errc{} && end == last && count > 0) return Timestamp(Millis(count));
    const std::string copy(text);
    for (const char* format : {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ", "%Y-%m-%d"}) {
        std::tm parts{};
        const char* const rest = ::strptime(copy.c_str(), format, &parts);
        if (rest != nullptr && *rest == '\0')
            return Timestamp(Millis(static_cast<std::int64_t>(::timegm(&parts)) * 1000));
    }
    return Error(ErrorCode::invalid_argument,
                 std::string(flag) + " is " + in_quotes(text) +
                     "; write a time like 2026-11-21T10:00:00Z, or milliseconds since 1970");
}

std::string rough_duration(Millis duration) {
    const bool is_long = duration > Millis{1'000};
    return format_duration(is_long ? std::chrono::ceil<std::chrono::seconds>(duration) : duration);
}

}  // namespace toril::cli

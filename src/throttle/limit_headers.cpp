#include <toril/throttle.hpp>

#include <chrono>
#include <string>

namespace toril {
namespace {

std::string seconds(Millis time) {
    return std::to_string(std::chrono::ceil<std::chrono::seconds>(time).count());
}

}  // namespace

std::vector<std::pair<std::string, std::string>> rate_limit_headers(const LimitRule& rule,
                                                                    const LimitAnswer& answer) {
    const std::string name = "\"" + (rule.name.empty() ? "default" : rule.name) + "\"";
    const std::string limit = std::to_string(answer.limit);
    const std::string remaining = std::to_string(answer.remaining);
    const std::string reset = seconds(answer.reset_after);
    std::vector<std::pair<std::string, std::string>> headers{
        {"RateLimit-Policy", name + ";q=" + limit + ";w=" + seconds(rule.per)},
        {"RateLimit", name + ";r=" + remaining + ";t=" + reset},
        {"X-RateLimit-Limit", limit},
        {"X-RateLimit-Remaining", remaining},
        {"X-RateLimit-Reset", reset}};
    // -1: waiting does not help, so it is not advised.
    if (!answer.allowed && answer.retry_after >= Millis{0})
        headers.emplace_back("Retry-After", seconds(std::max(answer.retry_after, Millis{1})));
    return headers;
}

std::string_view to_string(LimitShape shape) noexcept {
    switch (shape) {
        case LimitShape::sliding: return "sliding";
        case LimitShape::gcra: return "gcra";
        case LimitShape::fixed: return "fixed";
    }
    return "unknown";
}

std::string_view to_string(LimitMode mode) noexcept {
    switch (mode) {
        case LimitMode::store: return "store";
        case LimitMode::remembered: return "remembered";
        case LimitMode::local: return "local";
        case LimitMode::open: return "open";
    }
    return "unknown";
}

}  // namespace toril

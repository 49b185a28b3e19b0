#include <toril/config.hpp>

#include <array>
#include <charconv>
#include <limits>

namespace toril {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t millis;
};

// The largest first, for format_duration.
constexpr std::array<Unit, 5> units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

constexpr std::int64_t duration_millis_max = 100LL * 365 * 86'400'000;

// The user's text, so that no byte of it can steer a terminal.
std::string quoted(std::string_view text) {
    std::string shown(text.substr(0, 40));
    for (char& c : shown)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
    return "\"" + shown + "\"";
}

}  // namespace

Result<Millis> parse_duration(std::string_view text) {
    const auto refused = [text](const char* why) {
        return Error(ErrorCode::invalid_argument, quoted(text) + why);
    };
    if (text == "0") return Millis{0};
    std::uint64_t count = 0;
    const char* const last = text.data() + text.size();
    const auto [end, failure] = std::from_chars(text.data(), last, count);
    const std::string_view name(end, static_cast<std::size_t>(last - end));
    if (failure == std::errc::result_out_of_range)
        return refused(" is too long; at most 100 years");
    for (const Unit& unit : units) {
        if (failure != std::errc{} || unit.name != name) continue;
        if (count > static_cast<std::uint64_t>(duration_millis_max / unit.millis))
            return refused(" is too long; at most 100 years");
        return Millis(static_cast<std::int64_t>(count) * unit.millis);
    }
    return refused(" is no duration; write 250ms, 5s, 2m, 1h or 1d");
}

std::string format_duration(Millis duration) {
    if (duration == Millis{0}) return "0s";
    for (const Unit& unit : units)
        if (duration.count() % unit.millis == 0)
            return std::to_string(duration.count() / unit.millis).append(unit.name);
    return {};
}

}  // namespace toril

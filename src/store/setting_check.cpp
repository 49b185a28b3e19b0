#include "store/setting_check.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <vector>

namespace toril::store {
namespace {

Error refused(std::string_view value, const std::string& why) {
    std::string shown(value.substr(0, 60));
    for (char& c : shown)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
    return {ErrorCode::invalid_argument, "\"" + shown + "\" is not accepted; " + why};
}

bool is_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Status check_integer(const SettingSpec& spec, std::string_view value) {
    std::int64_t number = 0;
    const char* const last = value.data() + value.size();
    const auto [end, failure] = std::from_chars(value.data(), last, number);
    if (failure == std::errc{} && end == last && number >= spec.low && number <= spec.high)
        return {};
    std::string why = "it must be a whole number from " + std::to_string(spec.low) + " to " +
                      std::to_string(spec.high);
    // Kubernetes makes REDIS_PORT=tcp://10.0.0.1:6379 of a service that is called redis.
    if (value.starts_with("tcp://"))
        why += " (Kubernetes sets such a value for a service; choose enableServiceLinks: false)";
    return refused(value, why);
}

constexpr std::string_view true_words = "1 true yes on";
constexpr std::string_view false_words = "0 false no off";

bool has_word(std::string_view words, std::string_view word) {
    while (!words.empty()) {
        const std::size_t space = words.find(' ');
        if (words.substr(0, space) == word) return true;
        words = space == std::string_view::npos ? "" : words.substr(space + 1);
    }
    return false;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

}  // namespace

Status check_setting(const SettingSpec& spec, std::string_view value) {
    switch (spec.kind) {
        case SettingKind::integer: return check_integer(spec, value);
        case SettingKind::seconds:
            if (is_digits(value) && value.size() <= 9) return {};
            [[fallthrough]];
        case SettingKind::duration: {
            Result<Millis> duration = parse_duration(value);
            if (!duration) return duration.error();
            return {};
        }
        case SettingKind::boolean:
            if (has_word(true_words, value) || has_word(false_words, value)) return {};
            return refused(value, "it must be 1 or 0 (true, yes, on, false, no, off)");
        case SettingKind::choice:
            if (has_word(spec.choices, value)) return {};
            return refused(value, "it must be one of: " + std::string(spec.choices));
        default: return {};
    }
}

Millis setting_duration(const SettingSpec& spec, std::string_view value) {
    if (spec.kind == SettingKind::seconds && is_digits(value)) {
        std::int64_t seconds = 0;
        std::from_chars(value.data(), value.data() + value.size(), seconds);
        return Millis(seconds * 1000);
    }
    Result<Millis> duration = parse_duration(value);
    return duration ? *duration : Millis{0};
}

bool setting_boolean(std::string_view value) {
    return has_word(true_words, value);
}

std::string_view closest_setting(std::string_view name) {
    std::string_view closest;
    std::size_t least = 3;  // more differences than two are another word
    for (const SettingSpec& spec : setting_specs()) {
        const std::size_t distance = edit_distance(name, spec.name);
        if (distance >= least) continue;
        least = distance;
        closest = spec.name;
    }
    return closest;
}

}  // namespace toril::store

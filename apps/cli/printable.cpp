#include "printable.hpp"

#include <cstdio>

namespace toril::cli {
namespace {

struct Character {
    char32_t code = 0;
    std::size_t bytes = 0;  // 0: not UTF-8
};

Character first_of(std::string_view text) {
    const auto byte = [&](std::size_t i) -> unsigned char {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
    };
    const unsigned lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t length = lead < 0xC2   ? 0
                               : lead < 0xE0 ? 2
                               : lead < 0xF0 ? 3
                               : lead < 0xF5 ? 4
                                             : 0;
    if (length == 0) return {};
    char32_t code = lead & (0xFFu >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0u) != 0x80) return {};
        code = (code << 6) | (byte(i) & 0x3Fu);
    }
    const bool is_overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    const bool is_surrogate = code >= 0xD800 && code < 0xE000;
    if (is_overlong || is_surrogate || code > 0x10FFFF) return {};
    return {code, length};
}

// Invisible, or turns what follows around: a name must not look like another one.
bool is_deceptive(char32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x061C ||
           (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF ||
           (code >= 0xE0000 && code < 0xE0080);
}

std::string escaped(char32_t code) {
    switch (code) {
        case '\n': return "\\n";
        case '\r': return "\\r";
        case '\t': return "\\t";
        default: break;
    }
    char text[16];
    const char* const format = code < 0x80 ? "\\x%02x" : "\\u%04x";
    std::snprintf(text, sizeof text, format, static_cast<unsigned>(code));
    return text;
}

}  // namespace

std::string printable(std::string_view text) {
    std::string shown;
    shown.reserve(text.size());
    while (!text.empty()) {
        const Character first = first_of(text);
        if (first.bytes == 0) {
            char byte[8];
            std::snprintf(byte, sizeof byte, "\\x%02x", static_cast<unsigned char>(text.front()));
            shown += byte;
        } else if (is_deceptive(first.code)) {
            shown += escaped(first.code);
        } else {
            shown.append(text.substr(0, first.bytes));
        }
        text.remove_prefix(first.bytes == 0 ? 1 : first.bytes);
    }
    return shown;
}

std::string in_quotes(std::string_view text) {
    constexpr std::size_t shown_max = 60;
    return "\"" + cut(printable(text.substr(0, 4 * shown_max)), shown_max) + "\"";
}

std::string cut(std::string_view text, std::size_t width) {
    if (width_of(text) <= width) return std::string(text);
    std::size_t characters = 0;
    std::size_t bytes = 0;
    while (bytes < text.size() && characters + 1 < width) {
        ++bytes;
        while (bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xC0u) == 0x80)
            ++bytes;
        ++characters;
    }
    return std::string(text.substr(0, bytes)) + "\xE2\x80\xA6";
}

std::size_t width_of(std::string_view text) noexcept {
    std::size_t characters = 0;
    for (const char c : text)
        if ((static_cast<unsigned char>(c) & 0xC0u) != 0x80) ++characters;
    return characters;
}

}  // namespace toril::cli

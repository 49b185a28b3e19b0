// Keys of queries. What is hashed (docs/internals/cache.md):
//
//     query      = parameter*                         in order of the names' bytes
//     parameter  = text value
//     text       = length ":" bytes                   length in bytes, decimal
//     value      = "n" | "t" | "f" | "i" integer ";" | "d" double ";" | "s" text | "l" count ":"
//     text* double     = shortest decimal that reads back as the same; -0 as 0; "nan", "inf",
//     "-inf"

#include "cache/digest.hpp"

#include <toril/cache.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace toril {
namespace {

using Parameter = std::pair<std::string_view, const CacheKeyValue*>;

void add_text(std::string& out, std::string_view text) {
    out.append(std::to_string(text.size())).append(":").append(text);
}

std::string double_text(double value) {
    if (std::isnan(value)) return "nan";  // all of them are one
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    if (value == 0) return "0";
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    return {digits.data(), end.ptr};
}

struct Encoder {
    std::string& out;

    void operator()(std::nullptr_t) const { out += 'n'; }
    void operator()(bool value) const { out += value ? 't' : 'f'; }
    void operator()(std::int64_t value) const { out += "i" + std::to_string(value) + ";"; }
    void operator()(double value) const { out += "d" + double_text(value) + ";"; }
    void operator()(const std::string& value) const {
        out += 's';
        add_text(out, value);
    }
    void operator()(const std::vector<std::string>& values) const {
        out += "l" + std::to_string(values.size()) + ":";
        for (const std::string& value : values)
            add_text(out, value);
    }
};

std::string key_of(std::string_view prefix, std::vector<Parameter> parameters) {
    std::sort(parameters.begin(), parameters.end(), [](const Parameter& a, const Parameter& b) {
        return a.first < b.first;
    });
    std::string query;
    for (const auto& [name, value] : parameters) {
        add_text(query, name);
        std::visit(Encoder{query}, *value);
    }
    const auto digest = cache::sha256(query);
    std::string key(prefix);
    key += ':';
    for (std::size_t i = 0; i < 16; ++i) {
        constexpr std::string_view hex = "0123456789abcdef";
        key += hex[digest[i] >> 4];
        key += hex[digest[i] & 15];
    }
    return key;
}

}  // namespace

std::string cache_key(
    std::string_view prefix,
    std::initializer_list<std::pair<std::string_view, CacheKeyValue>> parameters) {
    std::vector<Parameter> views;
    for (const auto& [name, value] : parameters)
        views.emplace_back(name, &value);
    return key_of(prefix, std::move(views));
}

std::string cache_key(std::string_view prefix,
                      const std::map<std::string, CacheKeyValue>& parameters) {
    std::vector<Parameter> views;
    for (const auto& [name, value] : parameters)
        views.emplace_back(name, &value);
    return key_of(prefix, std::move(views));
}

}  // namespace toril

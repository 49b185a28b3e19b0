#include <toril/json.hpp>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>

namespace toril {
namespace {

namespace json = boost::json;

// Takes every event of the parser and keeps none: the text itself is what we store.
struct Nothing {
    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

    using Code = json::error_code;
    bool on_document_begin(Code&) { return true; }
    bool on_document_end(Code&) { return true; }
    bool on_object_begin(Code&) { return true; }
    bool on_object_end(std::size_t, Code&) { return true; }
    bool on_array_begin(Code&) { return true; }
    bool on_array_end(std::size_t, Code&) { return true; }
    bool on_key_part(json::string_view, std::size_t, Code&) { return true; }
    bool on_key(json::string_view, std::size_t, Code&) { return true; }
    bool on_string_part(json::string_view, std::size_t, Code&) { return true; }
    bool on_string(json::string_view, std::size_t, Code&) { return true; }
    bool on_number_part(json::string_view, Code&) { return true; }
    bool on_int64(std::int64_t, json::string_view, Code&) { return true; }
    bool on_uint64(std::uint64_t, json::string_view, Code&) { return true; }
    bool on_double(double, json::string_view, Code&) { return true; }
    bool on_bool(bool, Code&) { return true; }
    bool on_null(Code&) { return true; }
    bool on_comment_part(json::string_view, Code&) { return true; }
    bool on_comment(json::string_view, Code&) { return true; }
};

void trim(std::string& text) {
    constexpr const char* white = " \t\r\n";
    const std::size_t last = text.find_last_not_of(white);
    text.erase(last == std::string::npos ? 0 : last + 1);
    text.erase(
        0, text.find_first_not_of(white) == std::string::npos ? 0 : text.find_first_not_of(white));
}

// Length of the well-formed UTF-8 sequence at the front of `bytes`; 0: there is none.
std::size_t utf8_sequence(std::string_view bytes) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned lead = at(0);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xC2 ? 0
                               : lead < 0xE0 ? 2
                               : lead < 0xF0 ? 3
                               : lead < 0xF5 ? 4
                                             : 0;
    if (length == 0 || bytes.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((at(i) & 0xC0u) != 0x80) return 0;
    if (length == 3 && ((lead == 0xE0 && at(1) < 0xA0) || (lead == 0xED && at(1) >= 0xA0)))
        return 0;
    if (length == 4 && ((lead == 0xF0 && at(1) < 0x90) || (lead == 0xF4 && at(1) >= 0x90)))
        return 0;
    return length;
}

}  // namespace

Result<Json> Json::parse(std::string text) {
    trim(text);
    json::parse_options options;
    options.max_depth = depth_max;
    json::basic_parser<Nothing> parser(options);
    json::error_code failure;
    const std::size_t read = parser.write_some(false, text.data(), text.size(), failure);
    if (!failure && read < text.size()) failure = json::error::extra_data;
    if (failure)
        return Error(ErrorCode::invalid_argument,
                     "not valid JSON at byte " + std::to_string(read) + ": " + failure.message());
    return Json(std::move(text));
}

Json Json::string(std::string_view text) {
    json::string clean;
    clean.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = utf8_sequence(text);
        clean.append(length == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, length));
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return Json(json::serialize(json::value(std::move(clean))));
}

}  // namespace toril

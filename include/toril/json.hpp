#pragma once

#include <toril/result.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace toril {

/// JSON text that is known to be valid. toril stores it as it is, byte for byte: numbers
/// keep every digit, and nothing is reordered.
///
/// To work with the content, take the JSON library you like: `<toril/boost_json.hpp>` and
/// `<toril/nlohmann.hpp>` convert both ways, `<toril/typed.hpp>` maps your own structs.
class Json {
public:
    /// Arrays and objects nested deeper than this are refused: a parser recurses.
    static constexpr int depth_max = 128;

    /// The JSON value `null`.
    Json() = default;

    /// Checks `text` and keeps it, without white space around it.
    ///
    /// Errors: `invalid_argument` with the position when it is not one JSON value, is not
    /// UTF-8, or is nested deeper than `depth_max`.
    static Result<Json> parse(std::string text);

    /// Keeps `text` unchecked. For text that a JSON library has just written.
    static Json unchecked(std::string text) { return Json(std::move(text)); }

    /// Any text as a JSON string: quoted and escaped. Bytes that are not UTF-8 become U+FFFD.
    static Json string(std::string_view text);

    const std::string& text() const noexcept { return text_; }
    bool is_null() const noexcept { return text_ == "null"; }

    friend bool operator==(const Json&, const Json&) = default;

private:
    explicit Json(std::string text) : text_(std::move(text)) {}

    std::string text_ = "null";
};

}  // namespace toril

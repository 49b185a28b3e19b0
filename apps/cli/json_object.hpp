#pragma once

#include "output.hpp"

#include <toril/json.hpp>

#include <concepts>
#include <string>
#include <string_view>

namespace toril::cli {

/// A JSON object, member by member, in the order in which they are put.
class JsonObject {
public:
    JsonObject& put(std::string_view key, const Json& value);
    JsonObject& put(std::string_view key, std::string_view text);
    JsonObject& put(std::string_view key, const char* text) {
        return put(key, std::string_view(text));
    }
    JsonObject& put(std::string_view key, bool value);
    JsonObject& put(std::string_view key, double value);
    template <std::integral T>
    requires(!std::same_as<T, bool>) JsonObject& put(std::string_view key, T value) {
        return put(key, Json::unchecked(std::to_string(value)));
    }
    /// `null` for an empty text.
    JsonObject& put_or_null(std::string_view key, std::string_view text);

    Json json() const { return Json::unchecked(text_ + "}"); }

private:
    std::string text_ = "{";
};

/// A JSON array, element by element.
class JsonArray {
public:
    JsonArray& add(const Json& value);
    Json json() const { return Json::unchecked(text_ + "]"); }

private:
    std::string text_ = "[";
};

/// A list as `to_json` makes each: one array with --json, one document a line with --jsonl.
template <class List>
void print_json(Output& out, const List& list) {
    JsonArray array;
    for (const auto& each : list) {
        if (out.format() == Format::jsonl)
            out.json(to_json(each));
        else
            array.add(to_json(each));
    }
    if (out.format() != Format::jsonl) out.json(array.json());
}

}  // namespace toril::cli

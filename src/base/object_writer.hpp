#pragma once

// A JSON object as text, member by member, in the order in which they are put.

#include <toril/json.hpp>
#include <toril/time.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

namespace toril::base {

class ObjectWriter {
public:
    /// REQUIRES: nothing in `key` needs to be escaped; else see `foreign`.
    void raw(std::string_view key, std::string_view json) {
        text_ += text_.size() == 1 ? "\"" : ",\"";
        text_.append(key).append("\":").append(json);
    }
    /// With any key.
    void foreign(std::string_view key, std::string_view json) {
        text_ += text_.size() == 1 ? "" : ",";
        text_.append(Json::string(key).text()).append(":").append(json);
    }
    void number(std::string_view key, std::integral auto value) { raw(key, std::to_string(value)); }
    void boolean(std::string_view key, bool value) { raw(key, value ? "true" : "false"); }
    void string(std::string_view key, std::string_view value) {
        raw(key, Json::string(value).text());
    }
    void string_if_any(std::string_view key, std::string_view value) {
        if (!value.empty()) string(key, value);
    }
    void time_if_any(std::string_view key, Timestamp time) {
        if (time != Timestamp{}) number(key, time.time_since_epoch().count());
    }
    Json finish() && { return Json::unchecked(std::move(text_ += '}')); }

private:
    std::string text_ = "{";
};

}  // namespace toril::base

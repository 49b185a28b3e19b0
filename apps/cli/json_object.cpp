#include "json_object.hpp"

#include <cmath>
#include <cstdio>

namespace toril::cli {

JsonObject& JsonObject::put(std::string_view key, const Json& value) {
    if (text_.size() > 1) text_ += ',';
    text_.append(Json::string(key).text()).append(":").append(value.text());
    return *this;
}

JsonObject& JsonObject::put(std::string_view key, std::string_view text) {
    return put(key, Json::string(text));
}

JsonObject& JsonObject::put(std::string_view key, bool value) {
    return put(key, Json::unchecked(value ? "true" : "false"));
}

JsonObject& JsonObject::put(std::string_view key, double value) {
    if (!std::isfinite(value)) return put(key, Json{});
    char digits[64];
    std::snprintf(digits, sizeof digits, "%.3f", value);
    return put(key, Json::unchecked(digits));
}

JsonObject& JsonObject::put_or_null(std::string_view key, std::string_view text) {
    return text.empty() ? put(key, Json{}) : put(key, text);
}

JsonArray& JsonArray::add(const Json& value) {
    if (text_.size() > 1) text_ += ',';
    text_ += value.text();
    return *this;
}

}  // namespace toril::cli

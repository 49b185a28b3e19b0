#include "base/json_strings.hpp"

#include <toril/json.hpp>

#include <boost/json.hpp>

namespace toril::base {

std::vector<std::string> strings_from_json(std::string_view text) {
    if (text.empty() || text == "[]") return {};
    namespace json = boost::json;
    json::error_code failure;
    const json::value value = json::parse(json::string_view(text.data(), text.size()), failure);
    if (failure || !value.is_array()) return {};
    std::vector<std::string> strings;
    strings.reserve(value.get_array().size());
    for (const json::value& element : value.get_array()) {
        if (element.is_string())
            strings.emplace_back(element.get_string().data(), element.get_string().size());
        else
            strings.push_back(json::serialize(element));
    }
    return strings;
}

std::string json_from_strings(const std::vector<std::string>& strings) {
    std::string text = "[";
    for (const std::string& element : strings) {
        if (text.size() > 1) text += ',';
        text += Json::string(element).text();
    }
    return text + "]";
}

}  // namespace toril::base

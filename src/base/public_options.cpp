#include "base/public_options.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace toril::base {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> public_names{
    {{"de", "deduplication"},
     {"fpof", "failParentOnFailure"},
     {"cpof", "continueParentOnFailure"},
     {"idof", "ignoreDependencyOnFailure"},
     {"rdof", "removeDependencyOnFailure"},
     {"kl", "keepLogs"}}};

void put(json::object& into, std::string_view key, const json::value& value) {
    if (key == "tm" || key == "omc") {
        json::value& telemetry = into["telemetry"];
        if (!telemetry.is_object()) telemetry = json::object{};
        telemetry.as_object()[key == "tm" ? "metadata" : "omitContext"] = value;
        return;
    }
    const auto* const named = std::find_if(public_names.begin(),
                                           public_names.end(),
                                           [&](const auto& pair) { return pair.first == key; });
    into[named == public_names.end() ? key : named->second] = value;
}

}  // namespace

std::string public_options(std::string_view stored) {
    json::error_code error;
    const json::value parsed = json::parse(stored, error);
    if (error || !parsed.is_object()) return std::string(stored);
    json::object renamed;
    for (const auto& [key, value] : parsed.as_object())
        put(renamed, key, value);
    // The same members: the text of before, whose numbers may have more digits than we keep.
    return renamed == parsed.as_object() ? std::string(stored) : json::serialize(renamed);
}

}  // namespace toril::base

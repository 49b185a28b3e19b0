#pragma once

#include <toril/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace toril::base {

struct JsonMember {
    std::string key{};
    std::string_view value{};  // raw: every byte as written; a view into the Json
};

/// The members of an object, in order; empty when `json` is none. Duplicates are kept.
std::optional<std::vector<JsonMember>> json_members(const Json& json);

/// The elements of an array, raw, views into the Json; empty when `json` is none.
std::optional<std::vector<std::string_view>> json_elements(const Json& json);

}  // namespace toril::base

#pragma once

/// @file
/// Payloads as nlohmann::json. Include it only where you use that library: it needs its headers
/// (Debian: nlohmann-json3-dev), and nothing to link.
///
/// Pure: no I/O, any thread. Numbers beyond 64 bits, and decimals, become a double.

#include <toril/json.hpp>

#include <nlohmann/json.hpp>

namespace toril {

/// The value as JSON text. Bytes of a string that are not UTF-8 become U+FFFD.
inline Json to_json(const nlohmann::json& value) {
    return Json::unchecked(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

/// The text as a value.
///
/// Errors: `invalid_argument`, only for text that Json::unchecked was given and that is not JSON.
inline Result<nlohmann::json> to_nlohmann(const Json& json) {
    nlohmann::json value = nlohmann::json::parse(json.text(), nullptr, false);
    if (value.is_discarded()) return Error(ErrorCode::invalid_argument, "not JSON");
    return value;
}

}  // namespace toril

#pragma once

/// @file
/// Payloads as boost::json::value. Include it only where you use Boost.JSON: it needs Boost's
/// headers, and your program links Boost.JSON (the toril package does already).
///
/// Pure: no I/O, any thread. Numbers beyond 64 bits, and decimals, become a double.

#include <toril/json.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <utility>

namespace toril {

/// The value as JSON text.
inline Json to_json(const boost::json::value& value) {
    return Json::unchecked(boost::json::serialize(value));
}

/// The text as a value.
///
/// Errors: `invalid_argument`, only for text that Json::unchecked was given and that is not JSON.
inline Result<boost::json::value> to_boost(const Json& json) {
    boost::json::parse_options options;
    options.max_depth = Json::depth_max;
    boost::system::error_code failure;
    boost::json::value value = boost::json::parse(json.text(), failure, {}, options);
    if (failure) return Error(ErrorCode::invalid_argument, "not JSON: " + failure.message());
    return value;
}

}  // namespace toril

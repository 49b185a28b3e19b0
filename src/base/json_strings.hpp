#pragma once

// A JSON array of strings, as text and as a vector: how BullMQ stores stack traces.

#include <string>
#include <string_view>
#include <vector>

namespace toril::base {

/// What a store has, from any client: never fails. Text that is not an array gives none, and
/// elements that are not strings come as their JSON.
std::vector<std::string> strings_from_json(std::string_view text);

/// The array as text. Bytes that are not UTF-8 become U+FFFD.
std::string json_from_strings(const std::vector<std::string>& strings);

}  // namespace toril::base

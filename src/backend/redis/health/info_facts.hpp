#pragma once

// The answer of INFO as name and value, line by line, as far as it can be read.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace toril::redis_store {

using Facts = std::vector<std::pair<std::string, std::string>>;

/// Appends what it says. Headings, empty lines and what is not `name:value` are passed over.
void append_info(std::string_view info, Facts& facts);

}  // namespace toril::redis_store

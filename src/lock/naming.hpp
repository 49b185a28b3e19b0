#pragma once

// Keys, owners and tokens.

#include <toril/result.hpp>

#include <string>
#include <string_view>

namespace toril::lock {

/// 1 to 512 bytes without control characters. `what` begins the message.
Status check_key(std::string_view what, std::string_view key);
/// Up to 256 bytes without control characters.
Status check_owner(std::string_view owner);

/// `host:pid`, of the process that asks.
std::string default_owner();

/// 128 bits from the system: no two are the same, over forks and copies of a machine too.
std::string make_token();

/// `job:SCOPE:RESOURCE`, with `\` before each `:` and `\` of a part: ("a:b", "c") and ("a", "b:c")
/// are two keys.
std::string job_key(std::string_view scope, std::string_view resource);

}  // namespace toril::lock

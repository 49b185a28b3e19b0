#pragma once

#include <toril/result.hpp>

#include <string>
#include <string_view>

namespace toril::http {

/// Where a request goes.
struct Url {
    bool tls = false;
    std::string host{};       // without brackets
    std::string port{};       // digits
    std::string authority{};  // as the Host header has it
    std::string target{};     // path and query; never empty
};

/// Reads `http://` and `https://`. Errors: `invalid_argument`, also for a user name or password
/// in it: they would end up in logs.
Result<Url> parse_url(std::string_view text);

}  // namespace toril::http

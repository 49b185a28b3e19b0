#pragma once

// Finds keys by a pattern, a step of SCAN at a time: never KEYS, which stops the server.

#include "backend/redis/script_runner.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace toril::redis_store {

struct KeyScan {
    std::string pattern{};
    std::string type{};  ///< `hash`, say; empty: any.
    std::function<void(std::string_view key)> found{};
    /// After the last key, or with the error that ended the scan. A key may have come twice.
    std::function<void(Status)> done{};
};

/// `runner` must outlive the scan.
void scan_keys(ScriptRunner& runner, KeyScan scan);

/// Text with the characters that mean something in a pattern escaped.
std::string glob_escaped(std::string_view text);

}  // namespace toril::redis_store

#pragma once

#include <toril/result.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace toril::cli {

struct ConfigFile {
    std::string path{};  // empty: there is none
    std::map<std::string, std::string> values{};
};

/// Where a file is looked for when none is named; the first that exists counts.
std::vector<std::string> config_file_candidates();

/// Reads the file named by `--config`, or the first candidate that exists.
///
/// TOML: `name = value` and `[section]`; a value is a text, a number or true and false.
/// Errors: `invalid_argument` with the file, when it cannot be read or is something else.
Result<ConfigFile> read_config_file(const std::optional<std::string>& named);

}  // namespace toril::cli

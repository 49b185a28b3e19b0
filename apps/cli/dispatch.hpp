#pragma once

#include "exit_code.hpp"

#include <string>
#include <vector>

namespace toril::cli {

/// Finds the command in the words after the program's name, and runs it.
Exit dispatch(const std::vector<std::string>& words);

/// The page that lists all commands.
std::string overview();

}  // namespace toril::cli

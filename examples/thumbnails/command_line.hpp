#pragma once

// What the program was asked to do.

#include <toril/result.hpp>

#include <string>
#include <vector>

namespace thumbnails {

struct CommandLine {
    std::vector<std::string> pictures{};  // none: the bundled samples
    std::string out = "out";
    std::string store{};  // a URL; empty: from the environment, else the default file
    int concurrency = 0;  // 0: one picture per processor
    bool once = false;
    bool help = false;
};

extern const char* const usage;

// Errors: `invalid_argument` for an unknown option, or one without its value.
toril::Result<CommandLine> parse_command_line(int argc, const char* const* argv);

}  // namespace thumbnails

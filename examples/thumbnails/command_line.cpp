#include "command_line.hpp"

#include <charconv>
#include <string_view>

namespace thumbnails {

using toril::Error;
using toril::ErrorCode;
using toril::Result;

const char* const usage =
    "usage: thumbnails [PICTURE...] [--once] [--out FOLDER] [--store URL] [--concurrency N]\n"
    "\n"
    "Adds one job per picture and variant (thumb 160, medium 640, large 1600 pixels wide) to the\n"
    "queue image-processing, makes them, and prints what came of it. Without pictures: the\n"
    "bundled samples. Then works on what others add, until Ctrl-C; --once ends instead.\n"
    "\n"
    "The store is --store, TORIL_STORE, REDIS_URL, or a file of your own that is made by itself.\n"
    "Exit: 0 all made, 1 some failed, 2 usage, 5 no store.\n";

Result<CommandLine> parse_command_line(int argc, const char* const* argv) {
    CommandLine line;
    bool only_pictures = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        const auto takes_value = [&](std::string_view name) {
            return word == name && i + 1 < argc;
        };
        if (only_pictures || !word.starts_with('-')) {
            line.pictures.emplace_back(word);
        } else if (word == "--") {
            only_pictures = true;
        } else if (word == "--once") {
            line.once = true;
        } else if (word == "--help" || word == "-h") {
            line.help = true;
        } else if (takes_value("--out")) {
            line.out = argv[++i];
        } else if (takes_value("--store")) {
            line.store = argv[++i];
        } else if (takes_value("--concurrency")) {
            const std::string_view text = argv[++i];
            const auto read = std::from_chars(text.begin(), text.end(), line.concurrency);
            if (read.ec != std::errc{} || read.ptr != text.end() || line.concurrency < 1)
                return Error(ErrorCode::invalid_argument,
                             "--concurrency wants a number from 1, not " + std::string(text));
        } else {
            return Error(ErrorCode::invalid_argument,
                         "unknown option, or one without its value: " + std::string(word));
        }
    }
    return line;
}

}  // namespace thumbnails

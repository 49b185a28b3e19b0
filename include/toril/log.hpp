#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace toril {

enum class LogLevel : unsigned char { debug, info, warning, error };

/// One thing that happened. The library never prints: it hands these to the program's sink.
struct LogRecord {
    LogLevel level = LogLevel::info;
    /// Stable dotted name, `redis.reconnect` for instance. See docs/reference/log-events.md.
    std::string_view event{};
    /// One sentence without secrets or line breaks.
    std::string message{};
    /// Further facts, in the order in which they are to be shown.
    std::vector<std::pair<std::string_view, std::string>> fields{};
};

/// Called from any of the library's threads, several at a time, with no lock held. It must
/// be quick and must not throw. An empty sink (the default) drops everything.
using LogSink = std::function<void(const LogRecord&)>;

}  // namespace toril

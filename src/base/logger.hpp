#pragma once

// What modules log through: the program's sink, or nothing.

#include <toril/log.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace toril::base {

class Logger {
public:
    Logger() = default;
    explicit Logger(LogSink sink) : sink_(std::move(sink)) {}

    void operator()(LogLevel level,
                    std::string_view event,
                    std::string message,
                    std::vector<std::pair<std::string_view, std::string>> fields = {}) const {
        if (sink_) sink_({level, event, std::move(message), std::move(fields)});
    }

private:
    LogSink sink_{};
};

}  // namespace toril::base

#pragma once

// What a command says, on stderr: log records, text on a terminal and JSON elsewhere.

#include <toril/log.hpp>
#include <toril/time.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace toril::cli {

struct LogOptions {
    LogLevel level = LogLevel::info;
    bool json = false;
    bool colour = false;
};

/// Threads: any method, from any thread.
class Logs {
public:
    explicit Logs(const LogOptions& options);
    ~Logs();
    Logs(const Logs&) = delete;
    Logs& operator=(const Logs&) = delete;

    /// Whether a record of this kind would be printed now; if not, it is counted. Ask before
    /// making a record that comes thousands of times a second, then `print` it.
    bool admits(LogLevel level, std::string_view event);
    void print(const LogRecord& record);

    /// Both in one.
    void write(const LogRecord& record) {
        if (admits(record.level, record.event)) print(record);
    }

    /// Prints how many records were left out, of the windows that are over or of all.
    void print_rests(bool all = false);

    /// For the library. The Logs must outlive what uses it.
    LogSink sink();

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

LogLevel log_level_from(std::string_view text) noexcept;

/// One record as a line, without the line's end.
std::string as_text(const LogRecord& record);
std::string as_json(const LogRecord& record, Timestamp now);

/// RFC 3339 in UTC with milliseconds: 2026-01-02T03:04:05.678Z.
std::string iso_time(Timestamp time);

}  // namespace toril::cli

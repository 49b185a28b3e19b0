#pragma once

#include <toril/json.hpp>
#include <toril/log.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace toril {

/// Keeps the last log records, of all levels, for the day on which something goes wrong.
///
///     FlightRecorder recorder;
///     StoreOptions options;
///     options.log = recorder.sink(my_sink, LogLevel::info);
///
/// Threads: any method, from any thread.
class FlightRecorder final {
public:
    /// `bytes_max`: bytes that it keeps in all; the oldest records go first. At least 4 KiB.
    explicit FlightRecorder(std::size_t bytes_max = 256u * 1024);

    /// A sink that records everything, and hands what is at least `level` on to `next`.
    LogSink sink(LogSink next = {}, LogLevel level = LogLevel::info) const;
    void record(const LogRecord& record) const;

    /// Oldest first, one line a record: time, level, event, message, fields.
    std::string text() const;
    /// `[{"time","level","event","message","fields":{}}]`
    Json json() const;

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace toril

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace toril::cli {

/// A line on stderr that is written over and over. Silent unless stderr is a terminal.
class Progress {
public:
    explicit Progress(std::string_view what);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// Shows the count, at most ten times a second.
    void show(std::uint64_t count);

private:
    std::string what_;
    bool is_shown_;
    bool has_line_ = false;
    std::chrono::steady_clock::time_point from_;
    std::chrono::steady_clock::time_point shown_at_{};
};

}  // namespace toril::cli

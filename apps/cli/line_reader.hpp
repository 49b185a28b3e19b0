#pragma once

#include <toril/result.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace toril::cli {

/// Lines of a file or a pipe. Threads: one.
class LineReader {
public:
    /// `path` is `-` for stdin. Lines longer than `line_bytes_max` are an error.
    static Result<LineReader> open(const std::string& path, std::size_t line_bytes_max);

    LineReader(LineReader&& other) noexcept;
    LineReader& operator=(LineReader&&) = delete;
    ~LineReader();

    /// The next line without its end; empty at the end of the file. Blocks on a pipe.
    Result<std::optional<std::string>> next();

    /// Whether `next` would block: what was read so far should be used first.
    bool would_block() const;

private:
    LineReader(int file, bool owns_file, std::size_t line_bytes_max) noexcept;

    bool has_line() const;

    int file_;
    bool owns_file_;
    std::size_t line_bytes_max_;
    std::string buffer_{};
    std::size_t at_ = 0;  // of the next line in the buffer
    bool is_at_end_ = false;
};

}  // namespace toril::cli

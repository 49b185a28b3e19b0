#include "line_reader.hpp"

#include "printable.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace toril::cli {

constexpr std::size_t read_bytes = 256u * 1024;

Result<LineReader> LineReader::open(const std::string& path, std::size_t line_bytes_max) {
    if (path == "-") return LineReader(STDIN_FILENO, false, line_bytes_max);
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return Error(ErrorCode::invalid_argument,
                     in_quotes(path) + " cannot be read: " + std::strerror(errno));
    return LineReader(file, true, line_bytes_max);
}

LineReader::LineReader(int file, bool owns_file, std::size_t line_bytes_max) noexcept
    : file_(file), owns_file_(owns_file), line_bytes_max_(line_bytes_max) {}

LineReader::LineReader(LineReader&& other) noexcept
    : file_(other.file_),
      owns_file_(std::exchange(other.owns_file_, false)),
      line_bytes_max_(other.line_bytes_max_),
      buffer_(std::move(other.buffer_)),
      at_(other.at_),
      is_at_end_(other.is_at_end_) {}

LineReader::~LineReader() {
    if (owns_file_) ::close(file_);
}

Result<std::optional<std::string>> LineReader::next() {
    while (!has_line() && !is_at_end_) {
        if (buffer_.size() - at_ > line_bytes_max_)
            return Error(ErrorCode::invalid_argument,
                         "a line is longer than " + std::to_string(line_bytes_max_) + " bytes");
        buffer_.erase(0, std::exchange(at_, 0));
        const std::size_t held = buffer_.size();
        buffer_.resize(held + read_bytes);
        const ssize_t count = ::read(file_, buffer_.data() + held, read_bytes);
        const int failure = errno;
        buffer_.resize(held + (count > 0 ? static_cast<std::size_t>(count) : 0));
        if (count < 0 && failure != EINTR)
            return Error(ErrorCode::invalid_argument,
                         std::string("the lines cannot be read: ") + std::strerror(failure));
        is_at_end_ = count == 0;
    }
    if (at_ == buffer_.size()) return std::optional<std::string>();
    const std::size_t end = std::min(buffer_.find('\n', at_), buffer_.size());
    std::string line = buffer_.substr(at_, end - at_);
    at_ = std::min(end + 1, buffer_.size());
    return std::optional(std::move(line));
}

bool LineReader::would_block() const {
    if (has_line() || is_at_end_) return false;
    pollfd ready{.fd = file_, .events = POLLIN, .revents = 0};
    return ::poll(&ready, 1, 0) == 0;
}

bool LineReader::has_line() const {
    return buffer_.find('\n', at_) != std::string::npos;
}

}  // namespace toril::cli

#pragma once

// The two shapes that requests are made of: a number behind a marker, and a bulk string.

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

namespace toril::redis {

/// A header such as "*3\r\n". It has its own storage, so that appending copies it once.
class CountHeader {
public:
    CountHeader(char marker, std::size_t count) noexcept {
        bytes_[0] = marker;
        char* end = std::to_chars(bytes_ + 1, bytes_ + 21, count).ptr;
        *end++ = '\r';
        *end++ = '\n';
        size_ = static_cast<std::size_t>(end - bytes_);
    }
    std::string_view view() const noexcept { return {bytes_, size_}; }

private:
    char bytes_[24];
    std::size_t size_;
};

inline void append_bulk(std::string& out, std::string_view bytes) {
    out.append(CountHeader('$', bytes.size()).view());
    out.append(bytes);
    out.append("\r\n", 2);
}

}  // namespace toril::redis

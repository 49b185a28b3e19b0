#pragma once

#include <unistd.h>

#include <utility>

namespace toril::cli {

/// Owns a file descriptor; -1 is none.
class FileHandle {
public:
    FileHandle() = default;
    explicit FileHandle(int file) noexcept : file_(file) {}
    FileHandle(FileHandle&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
    FileHandle& operator=(FileHandle&& other) noexcept {
        std::swap(file_, other.file_);
        return *this;
    }
    ~FileHandle() { reset(); }

    int get() const noexcept { return file_; }
    explicit operator bool() const noexcept { return file_ >= 0; }

    void reset() noexcept {
        if (file_ >= 0) ::close(file_);
        file_ = -1;
    }

private:
    int file_ = -1;
};

}  // namespace toril::cli

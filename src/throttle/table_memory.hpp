#pragma once

// The bytes of a host table: a file that processes map, or memory of this process alone.

#include <toril/result.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace toril::throttle {

class TableMemory {
public:
    /// Makes what is at the beginning of a new file.
    using Init = std::function<void(std::byte* begin, std::size_t size)>;
    /// Whether what is at the beginning is what we made, and how large all of it is then; else 0.
    using Check = std::function<std::size_t(const std::byte* begin, std::size_t size)>;

    /// Maps the file, after making it with `size` bytes if it is not there or not ours. Its first
    /// `ready` bytes have memory behind them.
    static Result<std::unique_ptr<TableMemory>> of_file(const std::string& path,
                                                        std::size_t size,
                                                        std::size_t ready,
                                                        const Init& init,
                                                        const Check& check);
    static Result<std::unique_ptr<TableMemory>> of_process(std::size_t size, const Init& init);
    ~TableMemory();
    TableMemory(const TableMemory&) = delete;
    TableMemory& operator=(const TableMemory&) = delete;

    std::byte* begin() const { return begin_; }
    std::size_t size() const { return size_; }

    /// Takes memory for these bytes from the system. False: there is none.
    bool reserve(std::size_t from, std::size_t size) const;

private:
    TableMemory(int file, std::byte* begin, std::size_t size)
        : file_(file), begin_(begin), size_(size) {}

    const int file_;  // -1: of this process
    std::byte* const begin_;
    const std::size_t size_;
};

}  // namespace toril::throttle

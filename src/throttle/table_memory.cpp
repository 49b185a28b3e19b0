#include "throttle/table_memory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace toril::throttle {
namespace {

Error failed(const std::string& path, const char* what, int number) {
    return {ErrorCode::unavailable, path + ": " + what + ": " + std::strerror(number)};
}

std::byte* map(int file, std::size_t size) {
    const int flags = file >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void* at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, flags, file, 0);
    return at == MAP_FAILED ? nullptr : static_cast<std::byte*>(at);
}

// Closes a file, and with it gives up the lock on it.
struct Closer {
    int file;
    ~Closer() {
        if (file >= 0) ::close(file);
    }
};

// How large the file says it is, if it is one of ours.
std::size_t size_of(int file, const TableMemory::Check& check) {
    struct stat found {};
    if (::fstat(file, &found) != 0 || found.st_size <= 0) return 0;
    const auto size = static_cast<std::size_t>(found.st_size);
    std::byte* begin = map(file, size);
    if (begin == nullptr) return 0;
    const std::size_t all = check(begin, size);
    ::munmap(begin, size);
    return all;
}

}  // namespace

Result<std::unique_ptr<TableMemory>> TableMemory::of_file(const std::string& path,
                                                          std::size_t size,
                                                          std::size_t ready,
                                                          const Init& init,
                                                          const Check& check) {
    Closer opened{::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (opened.file < 0) return failed(path, "cannot be opened", errno);
    // One makes it, the others wait; a maker that died left no valid beginning.
    if (::flock(opened.file, LOCK_EX) != 0) return failed(path, "cannot be locked", errno);
    const std::size_t found = size_of(opened.file, check);
    const bool make = found == 0;
    if (!make) size = found;
    if (make && (::ftruncate(opened.file, 0) != 0 ||
                 ::ftruncate(opened.file, static_cast<off_t>(size)) != 0))
        return failed(path, "cannot be made", errno);
    if (make)
        if (const int number = ::posix_fallocate(opened.file, 0, static_cast<off_t>(ready)))
            return failed(path, "there is no memory for it", number);
    std::byte* begin = map(opened.file, size);
    if (begin == nullptr) return failed(path, "cannot be mapped", errno);
    if (make) init(begin, size);
    ::flock(opened.file, LOCK_UN);
    return std::unique_ptr<TableMemory>(
        new TableMemory(std::exchange(opened.file, -1), begin, size));
}

Result<std::unique_ptr<TableMemory>> TableMemory::of_process(std::size_t size, const Init& init) {
    std::byte* begin = map(-1, size);
    if (begin == nullptr) return failed("memory of the host's limits", "cannot be mapped", errno);
    init(begin, size);
    return std::unique_ptr<TableMemory>(new TableMemory(-1, begin, size));
}

TableMemory::~TableMemory() {
    ::munmap(begin_, size_);
    if (file_ >= 0) ::close(file_);
}

bool TableMemory::reserve(std::size_t from, std::size_t size) const {
    return file_ < 0 ||
           ::posix_fallocate(file_, static_cast<off_t>(from), static_cast<off_t>(size)) == 0;
}

}  // namespace toril::throttle

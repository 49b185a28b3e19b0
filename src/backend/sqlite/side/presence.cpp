#include "backend/sqlite/side/presence.hpp"

#include <fcntl.h>

#include <utility>

namespace toril::sqlite_side {
namespace {

struct flock one_byte(short type, std::int64_t at) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = at;
    lock.l_len = 1;
    return lock;
}

}  // namespace

Status Presence::open(const std::string& path, std::int64_t byte) {
    auto file = sqlite::File::open(path);
    if (!file) return file.error();
    file_ = std::move(*file);
    byte_ = byte;
    return {};
}

void Presence::join() const {
    struct flock lock = one_byte(F_RDLCK, byte_);
    ::fcntl(file_.fd(), F_OFD_SETLK, &lock);
}

void Presence::leave() const {
    struct flock lock = one_byte(F_UNLCK, byte_);
    ::fcntl(file_.fd(), F_OFD_SETLK, &lock);
}

bool Presence::others() const {
    struct flock lock = one_byte(F_WRLCK, byte_);
    // What cannot be told counts as somebody.
    return ::fcntl(file_.fd(), F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

}  // namespace toril::sqlite_side

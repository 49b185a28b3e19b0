#include "backend/sqlite/side/presence.hpp"

#include "backend/sqlite/byte_lock.hpp"

#include <utility>

namespace toril::sqlite_side {

Status Presence::open(const std::string& path, std::int64_t byte) {
    auto file = sqlite::File::open(path);
    if (!file) return file.error();
    file_ = std::move(*file);
    byte_ = byte;
    return {};
}

void Presence::join() const {
    sqlite::set_byte_lock(file_.fd(), F_RDLCK, byte_);
}

void Presence::leave() const {
    sqlite::set_byte_lock(file_.fd(), F_UNLCK, byte_);
}

bool Presence::others() const {
    struct flock lock = sqlite::one_byte(F_WRLCK, byte_);
    // What cannot be told counts as somebody.
    return ::fcntl(file_.fd(), F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

}  // namespace toril::sqlite_side

#pragma once

// Locks on one byte of a file, of the open file description: the kernel drops them when a process
// dies, however it dies, and two stores in one process exclude each other too.

#include <fcntl.h>

namespace toril::sqlite {

inline struct flock one_byte(short type, off_t at) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = at;
    lock.l_len = 1;
    return lock;
}

/// F_WRLCK, F_RDLCK or F_UNLCK, without waiting. False: another has it.
inline bool set_byte_lock(int fd, short type, off_t at) {
    struct flock lock = one_byte(type, at);
    return ::fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

}  // namespace toril::sqlite

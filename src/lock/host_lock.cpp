#include "lock/host_lock.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace toril::lock {
namespace {

// Longest wait without inotify.
constexpr Millis blind_wait{50};

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    int get() const noexcept { return fd_; }
    int take() noexcept { return std::exchange(fd_, -1); }

private:
    int fd_;
};

Error from_errno(const std::string& what, const std::string& path) {
    return {ErrorCode::unavailable, what + " \"" + path + "\": " + std::strerror(errno)};
}

std::uint64_t fnv(std::string_view text, std::uint64_t hash) {
    for (const char c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211u;
    return hash;
}

std::string hex(std::uint64_t value) {
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4)
        text += "0123456789abcdef"[(value >> shift) & 15];
    return text;
}

// Ours alone: in /tmp another user may have made it first, and could hold our locks in it.
Status prepare(const std::string& folder) {
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
        return from_errno("cannot make the folder of local locks", folder);
    struct stat found {};
    if (::lstat(folder.c_str(), &found) != 0)
        return from_errno("cannot look at the folder of local locks", folder);
    if (!S_ISDIR(found.st_mode) || found.st_uid != ::getuid() || (found.st_mode & 077) != 0)
        return Error(ErrorCode::unavailable,
                     "the folder of local locks \"" + folder +
                         "\" must be this user's alone; remove it, or set XDG_RUNTIME_DIR");
    return {};
}

bool lock_whole(int fd) {
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    return ::fcntl(fd, F_OFD_SETLK, &whole) == 0;
}

// Looks without a file that is open for writing, as closing such a one wakes those who wait: they
// would wake each other for ever.
bool is_taken(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (file.get() < 0) return false;
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    return ::fcntl(file.get(), F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}

bool has_name(int fd) {
    struct stat found {};
    return ::fstat(fd, &found) == 0 && found.st_nlink > 0;
}

}  // namespace

HostLock::HostLock(HostLock&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

HostLock& HostLock::operator=(HostLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(path_, other.path_);
    return *this;
}

HostLock::~HostLock() {
    if (fd_ < 0) return;
    ::unlink(path_.c_str());  // while it is ours: nobody else's file has this name now
    ::close(fd_);
}

void HostLock::disown() noexcept {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Result<std::string> HostLock::path_of(std::string_view store, std::string_view key) {
    const char* runtime = std::getenv("XDG_RUNTIME_DIR");
    const std::string folder = runtime != nullptr && *runtime == '/'
                                   ? std::string(runtime) + "/toril"
                                   : "/tmp/toril-" + std::to_string(::getuid());
    if (Status s = prepare(folder); !s) return s.error();
    // Two keys of one hash wait for each other: a delay, and no harm.
    const std::string named = std::string(store) + '\n' + std::string(key);
    return folder + "/lock-" + hex(fnv(named, 14'695'981'039'346'656'037u)) +
           hex(fnv(named, 1'099'511'628'211u));
}

Result<std::optional<HostLock>> HostLock::try_take(const std::string& path,
                                                   std::string_view owner) {
    for (;;) {
        if (is_taken(path)) return std::optional<HostLock>();
        Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (file.get() < 0) return from_errno("cannot open the local lock", path);
        if (!lock_whole(file.get())) {
            if (errno == EAGAIN || errno == EACCES) return std::optional<HostLock>();
            return from_errno("cannot lock", path);
        }
        if (!has_name(file.get())) continue;  // whoever had it removed it meanwhile
        [[maybe_unused]] const auto cut = ::ftruncate(file.get(), 0);
        [[maybe_unused]] const auto told = ::pwrite(file.get(), owner.data(), owner.size(), 0);
        return std::optional<HostLock>(HostLock(file.take(), path));
    }
}

std::string HostLock::owner_of(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (file.get() < 0) return {};
    std::array<char, 256> owner{};
    const ssize_t size = ::pread(file.get(), owner.data(), owner.size(), 0);
    return size <= 0 ? std::string() : std::string(owner.data(), static_cast<std::size_t>(size));
}

void HostLock::wait_for_change(const std::string& path, Millis at_most) {
    const Descriptor watch(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    // The holder's end closes its file, whatever ended it. IN_ATTRIB: it lost its name.
    constexpr std::uint32_t events = IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF;
    const bool watches =
        watch.get() >= 0 && ::inotify_add_watch(watch.get(), path.c_str(), events) >= 0;
    if (!watches && errno == ENOENT) return;  // it is free
    if (watches && !is_taken(path)) return;   // it became free before the watch began
    pollfd entry{watches ? watch.get() : -1, POLLIN, 0};
    const Millis time = watches ? at_most : std::min(at_most, blind_wait);
    ::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(1, time.count())));
}

}  // namespace toril::lock

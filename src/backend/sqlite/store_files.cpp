#include "backend/sqlite/store_files.hpp"

#include "backend/sqlite/byte_lock.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>

namespace toril::sqlite {
namespace {

constexpr off_t reserve_bytes = 1024 * 1024;
constexpr off_t turn_byte = 0;
constexpr off_t next_byte = 1;
// Not in <linux/magic.h>: CIFS and SMB 2.
constexpr long cifs_magic = 0xFF534D42;
constexpr long smb2_magic = 0xFE534D42;

std::string quoted(const std::string& path) {
    return "\"" + path + "\"";
}

Error from_errno(const std::string& what, const std::string& path, const std::string& remedy) {
    return {ErrorCode::unavailable,
            what + " " + quoted(path) + ": " + std::strerror(errno) + "; " + remedy};
}

bool lock_byte(int fd, off_t at) {
    return set_byte_lock(fd, F_WRLCK, at);
}

void unlock_byte(int fd, off_t at) {
    set_byte_lock(fd, F_UNLCK, at);
}

}  // namespace

File::~File() {
    if (fd_ >= 0) ::close(fd_);
}

File& File::operator=(File&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

Result<File> File::open(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return from_errno("cannot open",
                          path,
                          "check that its folder exists and that this user may write to both");
    return File(fd);
}

Status prepare_folder(const std::string& database) {
    namespace fs = std::filesystem;
    if (database.empty() || database.find('\0') != std::string::npos)
        return Error(ErrorCode::invalid_argument,
                     "the path of a store is empty or has a NUL in it");
    const fs::path folder =
        fs::path(database).has_parent_path() ? fs::path(database).parent_path() : fs::path(".");
    std::error_code failure;
    fs::path made;
    for (const fs::path& part : folder) {
        made /= part;
        // For this user only, whatever the umask is: jobs carry people's data.
        if (::mkdir(made.c_str(), 0700) != 0 && errno != EEXIST && !fs::exists(made, failure))
            return from_errno(
                "cannot make the folder", made.string(), "make it, or choose another path");
    }
    if (fs::is_directory(database, failure))
        return Error(ErrorCode::unavailable,
                     quoted(database) + " is a folder; give the path of a file in it");
    struct statfs system {};
    if (::statfs(folder.c_str(), &system) != 0) return {};
    const long kind = static_cast<long>(system.f_type);
    if (kind == NFS_SUPER_MAGIC || kind == SMB_SUPER_MAGIC || kind == cifs_magic ||
        kind == smb2_magic)
        return Error(ErrorCode::unavailable,
                     quoted(database) +
                         " is on a network file system, where a store would be damaged; use a "
                         "local disk, or Redis to share a store between hosts");
    return {};
}

Status create_database_file(const std::string& database) {
    // Only a new file may be opened and closed here: closing one that is in use would drop the
    // locks that SQLite holds on it in this process.
    const int fd = ::open(database.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) ::close(fd);
    if (fd >= 0 || errno == EEXIST) return {};
    return from_errno("cannot make the store", database, "check that this user may write there");
}

Status TurnLock::open(const std::string& path) {
    auto file = File::open(path);
    if (!file) return file.error();
    file_ = std::move(*file);
    return {};
}

Status TurnLock::take(Millis at_most, const std::atomic<bool>& stop) {
    // Who waits holds `next`; so who has just ended a turn waits behind. The waits are short,
    // one transaction each, and this lock cannot be waited for with a deadline.
    using namespace std::chrono_literals;
    const auto deadline = std::chrono::steady_clock::now() + at_most;
    constexpr auto longest_pause = 500us;
    auto pause = 20us;
    for (const off_t byte : {next_byte, turn_byte}) {
        while (!lock_byte(file_.fd(), byte)) {
            const bool late = std::chrono::steady_clock::now() >= deadline;
            if (late || stop.load()) {
                unlock_byte(file_.fd(), next_byte);
                if (!late) return Error(ErrorCode::cancelled, "the store is closing");
                return Error(ErrorCode::unavailable,
                             "another process has held the store's write lock for " +
                                 std::to_string(at_most.count()) +
                                 " ms: it may be stopped or stuck on a disk");
            }
            std::this_thread::sleep_for(pause);
            pause = std::min(pause * 2, std::chrono::microseconds(longest_pause));
        }
    }
    unlock_byte(file_.fd(), next_byte);
    return {};
}

void TurnLock::end() {
    unlock_byte(file_.fd(), turn_byte);
}

Status LiveFile::open(const std::string& path) {
    auto file = File::open(path);
    if (!file) return file.error();
    file_ = std::move(*file);
    return {};
}

Status LiveFile::begin(std::int64_t id) {
    if (lock_byte(file_.fd(), id)) return {};
    return Error(ErrorCode::unavailable,
                 "cannot lock the store's live file: " + std::string(std::strerror(errno)) +
                     "; use a local disk");
}

bool LiveFile::is_alive(std::int64_t id) const {
    struct flock lock = one_byte(F_WRLCK, id);
    // What cannot be told counts as alive: its locks expire by time then.
    return fcntl(file_.fd(), F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

Status MarkFile::open(const std::string& path) {
    auto file = File::open(path);
    if (!file) return file.error();
    file_ = std::move(*file);
    return {};
}

// mark := store id (32 bytes) " " commits (20 digits, leading zeros) "\n"
std::optional<MarkFile::Mark> MarkFile::read() const {
    std::array<char, 54> bytes{};
    const auto count = ::pread(file_.fd(), bytes.data(), bytes.size(), 0);
    if (count != static_cast<ssize_t>(bytes.size()) || bytes[32] != ' ') return std::nullopt;
    Mark mark{.store_id = std::string(bytes.data(), 32)};
    for (std::size_t i = 33; i < 53; ++i) {
        if (bytes[i] < '0' || bytes[i] > '9') return std::nullopt;
        mark.commits = mark.commits * 10 + (bytes[i] - '0');
    }
    return mark;
}

void MarkFile::write(const Mark& mark) const {
    std::string digits = std::to_string(mark.commits);
    digits.insert(0, 20 - digits.size(), '0');
    const std::string line = mark.store_id + " " + digits + "\n";
    // A mark that is not written is one that is too low, which does no harm.
    [[maybe_unused]] const auto written = ::pwrite(file_.fd(), line.data(), line.size(), 0);
}

bool Reserve::fill() const {
    auto file = File::open(path_);
    if (!file) return false;
    if (::posix_fallocate(file->fd(), 0, reserve_bytes) == 0) return true;
    ::unlink(path_.c_str());
    return false;
}

void Reserve::release() const {
    ::unlink(path_.c_str());
}

bool Reserve::is_full() const {
    struct stat found {};
    return ::stat(path_.c_str(), &found) == 0 && found.st_size >= reserve_bytes;
}

}  // namespace toril::sqlite

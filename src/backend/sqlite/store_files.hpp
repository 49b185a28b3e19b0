#pragma once

// The files beside the database.
//
//     <db>-lock     whose turn it is to write or checkpoint: byte 0, and byte 1 for who is next
//     <db>-live     byte N is locked for as long as process N of table `process` lives
//     <db>-wake     written to after a commit, so that others see it through inotify
//     <db>-mark     how many commits there were: more than the database has means loss
//     <db>-reserve  1 MiB that is given up when the disk is full, so that jobs can still finish
//
// Locks are those of open file descriptions (F_OFD_SETLK): the kernel drops them when a process
// dies, however it dies, and two stores in one process exclude each other too.

#include <toril/result.hpp>
#include <toril/time.hpp>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

namespace toril::sqlite {

/// A file descriptor that closes itself.
class File {
public:
    File() = default;
    explicit File(int fd) : fd_(fd) {}
    ~File();
    File(File&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
    File& operator=(File&& other) noexcept;

    /// Made if it is not there, readable and writable by this user only.
    static Result<File> open(const std::string& path);

    int fd() const { return fd_; }

private:
    int fd_ = -1;
};

/// Makes the folder of a database, and refuses paths that cannot hold one: names of folders,
/// and network file systems, where locks and memory maps do not reach other hosts.
Status prepare_folder(const std::string& database);

/// Makes the database an empty file that only this user may read, unless it is there.
Status create_database_file(const std::string& database);

/// Turns between processes. The one whose turn ends cannot begin another before those that
/// wait had theirs.
class TurnLock {
public:
    Status open(const std::string& path);

    /// Waits for the turn until `at_most` has passed or `stop` is set.
    /// Errors: `unavailable` when the time passed; `cancelled` when stopped.
    Status take(Millis at_most, const std::atomic<bool>& stop);
    void end();

private:
    File file_{};
};

/// Who is alive.
class LiveFile {
public:
    Status open(const std::string& path);

    /// From now on process `id` lives, until this object dies or the process does.
    Status begin(std::int64_t id);
    /// REQUIRES: `id` is not ours.
    bool is_alive(std::int64_t id) const;

private:
    File file_{};
};

/// The high-water mark of commits. Written after each, never synced: what it says may be too
/// low after a power cut, and never too high.
class MarkFile {
public:
    Status open(const std::string& path);

    struct Mark {
        std::string store_id{};  // 32 hex digits
        std::int64_t commits = 0;
    };
    std::optional<Mark> read() const;
    void write(const Mark& mark) const;

private:
    File file_{};
};

/// Space that is kept for a full disk.
class Reserve {
public:
    explicit Reserve(std::string path) : path_(std::move(path)) {}

    /// Takes the space. False: there is none.
    bool fill() const;
    /// Gives the space up.
    void release() const;
    bool is_full() const;

private:
    std::string path_;
};

}  // namespace toril::sqlite

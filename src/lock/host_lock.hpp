#pragma once

// A lock among the processes of one user on one host, without a store: a locked file.
//
//     folder := $XDG_RUNTIME_DIR/toril, else /tmp/toril-UID; of this user alone
//     file   := hash of store and key; its content is the owner, for others to read
//
// The kernel gives it back when the process dies. The file is removed with the lock: who locks a
// file that has no name any more begins again. Waiters hear of it by inotify.

#include <toril/result.hpp>
#include <toril/time.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace toril::lock {

/// Threads: any. Two in one process exclude each other too.
class HostLock {
public:
    HostLock(HostLock&& other) noexcept;
    HostLock& operator=(HostLock&& other) noexcept;
    ~HostLock();  // gives it back

    /// Leaves it to another process that has it too: the parent of a fork.
    void disown() noexcept;

    /// Where the lock of `key` is. Errors: `unavailable` when there is no folder to be had.
    static Result<std::string> path_of(std::string_view store, std::string_view key);
    /// None: another has it.
    static Result<std::optional<HostLock>> try_take(const std::string& path,
                                                    std::string_view owner);
    /// Who has it, if that can be told.
    static std::string owner_of(const std::string& path);
    /// Until it may be free, or `at_most`.
    static void wait_for_change(const std::string& path, Millis at_most);

private:
    HostLock(int fd, std::string path) noexcept : fd_(fd), path_(std::move(path)) {}

    int fd_ = -1;
    std::string path_{};
};

}  // namespace toril::lock

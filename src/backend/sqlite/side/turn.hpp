#pragma once

// Whose turn it is to write, among all processes: bytes 0 and 1 of `<file>-lock`. Byte 2 is held by
// all who have the file open.

#include "backend/sqlite/side/file_id.hpp"
#include "backend/sqlite/side/presence.hpp"
#include "backend/sqlite/store_files.hpp"

#include <atomic>
#include <optional>
#include <string>

namespace toril::sqlite_side {

/// Threads: the worker only.
class Turn {
public:
    explicit Turn(const std::string& file) : path_(file + "-lock") {}

    /// As TurnLock::take. Heals when the lock file was deleted, by a new one.
    Status take(Millis at_most, const std::atomic<bool>& stop);
    void end() { lock_.end(); }
    bool is_open() const { return opened_.has_value(); }

    /// Whether other processes have the file open.
    bool is_shared() const { return users_.others(); }

private:
    Status open();

    std::string path_;
    std::optional<FileId> opened_{};
    sqlite::TurnLock lock_{};
    Presence users_{};
};

}  // namespace toril::sqlite_side

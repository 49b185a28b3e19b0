#pragma once

// How processes hear of each other's commits.
//
//     <file>-wake  written to after a commit that others may wait for: inotify tells them. Byte 0
//     is
//                  held by all who wait or listen
//     <file>-seq   the number of the latest news: 8 bytes, little endian, written before their
//                  commit. So who finds the number that it was told of has missed nothing

#include "backend/sqlite/side/file_id.hpp"
#include "backend/sqlite/side/presence.hpp"
#include "backend/sqlite/store_files.hpp"
#include "base/mutex.hpp"

#include <toril/result.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace toril::sqlite_side {

/// Threads: any.
class WakeFile {
public:
    explicit WakeFile(const std::string& file)
        : wake_path_(file + "-wake"), seq_path_(file + "-seq") {}

    /// Opens the files unless they are open and still those at their paths.
    Status open();

    const std::string& path() const { return wake_path_; }

    /// While we are of the audience others touch the file after their commits.
    void join();
    void leave();
    /// Tells others of a commit, if there are any who wait.
    void touch();

    void write_seq(std::int64_t seq);
    std::int64_t read_seq();

private:
    const std::string wake_path_;
    const std::string seq_path_;

    base::Mutex mutex_;
    std::optional<FileId> wake_id_ TORIL_GUARDED_BY(mutex_){};
    std::optional<FileId> seq_id_ TORIL_GUARDED_BY(mutex_){};
    Presence audience_ TORIL_GUARDED_BY(mutex_){};
    sqlite::File wake_ TORIL_GUARDED_BY(mutex_){};
    sqlite::File seq_ TORIL_GUARDED_BY(mutex_){};
    bool joined_ TORIL_GUARDED_BY(mutex_) = false;
};

}  // namespace toril::sqlite_side

#pragma once

// The file of a spool: opened, made, brought to this version, set aside when it is damaged; and
// who may forward.
//
//     <path>        the database
//     <path>-lock   bytes 0 and 1: whose turn it is to make the file (TurnLock);
//                   byte 16 + line: who forwards that line
//     <path>-reserve   1 MiB that is given up when the disk is full, so that jobs can go
//
// The locks are those of open file descriptions, as beside the store's database.

#include "backend/sqlite/database.hpp"
#include "backend/sqlite/store_files.hpp"

#include <toril/result.hpp>

#include <cstdint>
#include <string>

namespace toril::sqlite_spool {

/// Threads: one at a time.
class SpoolFile {
public:
    /// Errors: `corrupt` when the file is damaged: it was moved to `<path>.damaged-<n>`, and the
    /// next open begins anew; or when it belongs to another program or a newer version. Else
    /// `unavailable`, `invalid_argument`.
    Status open(const std::string& path);

    sqlite::Database& db() { return db_; }

    /// Runs `work` in one transaction that is on the disk when this returns.
    template <class Work>
    Status write(const Work& work) {
        if (Status begun = begin(); !begun) return begun;
        work();
        return commit();
    }
    /// As `write`, for what forwards: it goes on on a full disk, with space that was kept for it.
    template <class Work>
    Status write_to_forward(const Work& work) {
        Status written = write(work);
        if (written || written.error().code() != ErrorCode::limit_reached || !reserve_.is_full())
            return written;
        reserve_.release();
        return write(work);
    }
    /// The failure of what was read, if there is one.
    Status outcome_of_reading();

    /// Gives space back to the disk; to be called when nothing is in the spool.
    void shrink();

    bool lock(std::int64_t line);
    void unlock(std::int64_t line);

private:
    Status open_locked(bool& damaged);
    Status migrate();
    Status begin();
    Status commit();
    Status failed();
    Error described() const;
    Status set_aside();

    std::string path_{};
    sqlite::Database db_{};
    sqlite::File lock_file_{};
    sqlite::Reserve reserve_{std::string()};
};

}  // namespace toril::sqlite_spool

#include "backend/sqlite/spool/spool_file.hpp"

#include "backend/sqlite/byte_lock.hpp"
#include "toril/sqlite_spool/schema.hpp"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <utility>

namespace toril::sqlite_spool {
namespace {

using sqlite::Trouble;
using SteadyClock = std::chrono::steady_clock;

/// "tosp" as bytes.
constexpr std::int64_t application_id = 0x746f7370;
constexpr std::int64_t schema_version = 1;
// Another process writes for a disk's sync at most, or stands still.
constexpr Millis busy_longest{5'000};
constexpr std::int64_t first_line_byte = 16;
// 4 MiB of log are moved into the database at once, so that it does not grow with the outage.
constexpr int wal_pages_max = 1'024;
constexpr std::int64_t free_pages_min = 256;
constexpr std::int64_t checked_pages_max = 32'768;  // 128 MiB

std::string in_quotes(const std::string& path) {
    return "\"" + path + "\"";
}

}  // namespace

Status SpoolFile::open(const std::string& path) {
    path_ = path;
    reserve_ = sqlite::Reserve(path + "-reserve");
    if (Status folder = sqlite::prepare_folder(path); !folder) return folder;
    auto lock_file = sqlite::File::open(path + "-lock");
    if (!lock_file) return lock_file.error();
    lock_file_ = std::move(*lock_file);
    sqlite::TurnLock making;
    if (Status s = making.open(path + "-lock"); !s) return s;
    static constexpr std::atomic<bool> never{false};
    if (Status s = making.take(busy_longest, never); !s)
        return Error(ErrorCode::unavailable,
                     "another process has been opening the spool " + in_quotes(path) +
                         " for 5 s: it may be stopped");
    bool damaged = false;
    Status opened = open_locked(damaged);
    if (damaged) opened = set_aside();
    if (opened && !reserve_.is_full()) reserve_.fill();  // without it a full disk has to wait
    making.end();
    return opened;
}

Status SpoolFile::open_locked(bool& damaged) {
    if (Status made = sqlite::create_database_file(path_); !made) return made;
    if (Status opened = db_.open({.path = path_, .full_sync = true, .cache_kib = 2048}); !opened) {
        damaged = opened.error().code() == ErrorCode::corrupt;
        return opened;
    }
    Status migrated = migrate();
    if (db_.failed()) {
        damaged = db_.trouble() == Trouble::damaged;
        Error error = described();
        db_.roll_back();
        return error;
    }
    if (!migrated) return migrated;
    // A look at every page. Of a large one that would take seconds: its damage is met when it is
    // read.
    const bool small = db_.number("PRAGMA page_count") <= checked_pages_max;
    const bool whole = !small || db_.text("PRAGMA quick_check(1)") == "ok";
    damaged = db_.trouble() == Trouble::damaged || (!db_.failed() && !whole);
    return outcome_of_reading();
}

// REQUIRES: the lock of who makes the file.
Status SpoolFile::migrate() {
    const std::int64_t owner = db_.number("PRAGMA application_id");
    const std::int64_t version = db_.number("PRAGMA user_version");
    const std::int64_t tables = db_.number("SELECT count(*) FROM sqlite_schema");
    if (db_.failed()) return {};
    if (owner != application_id && (tables > 0 || owner != 0))
        return Error(ErrorCode::corrupt,
                     in_quotes(path_) +
                         " is a database of another program, no spool: choose "
                         "another path");
    if (version > schema_version)
        return Error(ErrorCode::corrupt,
                     "the spool " + in_quotes(path_) + " has schema version " +
                         std::to_string(version) + ", and this toril knows only " +
                         std::to_string(schema_version) +
                         ": use the newer toril that wrote it, or another path");
    if (version == schema_version) return {};
    // Before the first table: an outage's gigabyte is given back to the disk.
    db_.execute("PRAGMA auto_vacuum = INCREMENTAL");
    db_.execute("PRAGMA journal_mode = WAL");
    db_.execute("BEGIN IMMEDIATE");
    db_.execute(sql::v001);
    db_.execute("PRAGMA application_id = " + std::to_string(application_id));
    db_.execute("PRAGMA user_version = " + std::to_string(schema_version));
    db_.execute("COMMIT");
    return {};
}

// Whoever has it open keeps the damaged file, and fails; nothing is deleted.
Status SpoolFile::set_aside() {
    db_.close();
    namespace fs = std::filesystem;
    std::error_code failure;
    std::string kept;
    for (int number = 1; kept.empty() || fs::exists(kept, failure); ++number)
        kept = path_ + ".damaged-" + std::to_string(number);
    for (const char* part : {"", "-wal", "-shm"})
        if (fs::exists(path_ + part, failure)) fs::rename(path_ + part, kept + part, failure);
    if (failure)
        return Error(ErrorCode::corrupt,
                     "the spool " + in_quotes(path_) + " is damaged and cannot be moved away (" +
                         failure.message() +
                         "): move it, and look for its jobs with "
                         "sqlite3 .recover");
    return Error(ErrorCode::corrupt,
                 "the spool " + in_quotes(path_) + " is damaged: it was moved to " +
                     in_quotes(kept) +
                     ", where sqlite3 .recover may find its jobs; open it again to begin anew");
}

Error SpoolFile::described() const {
    const Error error = db_.failure();
    const std::string file = "the spool " + in_quotes(path_);
    switch (db_.trouble()) {
        case Trouble::full:
            return {ErrorCode::limit_reached,
                    "the disk of " + file + " is full, and the job was not kept: free some space"};
        case Trouble::damaged:
            return {ErrorCode::corrupt,
                    file +
                        " is damaged: stop the programs that use it and start them again, "
                        "which sets it aside"};
        default: return {error.code(), file + " failed: " + error.message()};
    }
}

Status SpoolFile::failed() {
    const Trouble trouble = db_.trouble();
    Error error = described();
    db_.roll_back();
    // The kernel may have dropped what it could not write.
    if (trouble == Trouble::input || !db_.is_open()) {
        db_.close();
        if (Status opened = db_.reopen(); !opened) db_.reset_failure();
    }
    return error;
}

Status SpoolFile::outcome_of_reading() {
    if (!db_.failed()) return {};
    return failed();
}

Status SpoolFile::begin() {
    if (!db_.is_open())
        if (Status opened = db_.reopen(); !opened) return opened;
    const auto deadline = SteadyClock::now() + busy_longest;
    for (;;) {
        db_.execute("BEGIN IMMEDIATE");
        if (!db_.failed()) return {};
        if (db_.trouble() != Trouble::busy || SteadyClock::now() >= deadline) return failed();
        db_.roll_back();
    }
}

Status SpoolFile::commit() {
    db_.execute("COMMIT");
    if (db_.failed()) return failed();
    if (db_.wal_pages() > wal_pages_max) db_.checkpoint(sqlite::Database::Checkpoint::passive);
    // What was committed stands, whatever becomes of the checkpoint.
    db_.reset_failure();
    return {};
}

void SpoolFile::shrink() {
    if (db_.number("PRAGMA freelist_count") >= free_pages_min)
        db_.execute("PRAGMA incremental_vacuum");
    db_.checkpoint(sqlite::Database::Checkpoint::truncate);
    db_.roll_back();
    if (!reserve_.is_full()) reserve_.fill();
}

bool SpoolFile::lock(std::int64_t line) {
    return sqlite::set_byte_lock(lock_file_.fd(), F_WRLCK, first_line_byte + line);
}

void SpoolFile::unlock(std::int64_t line) {
    sqlite::set_byte_lock(lock_file_.fd(), F_UNLCK, first_line_byte + line);
}

}  // namespace toril::sqlite_spool

#include "backend/sqlite/side/side_file.hpp"

#include "backend/sqlite/side/file_id.hpp"
#include "backend/sqlite/store_files.hpp"
#include "base/uuid.hpp"
#include "toril/sqlite_side/schema.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace toril::sqlite_side {
namespace {

constexpr int cache_kib = 8 * 1024;

// 16 hex digits that name one life of the file.
std::string make_incarnation() {
    std::string digits = base::make_uuid() + base::make_uuid();
    std::erase(digits, '-');
    return digits.substr(0, 16);
}

// The number behind `prefix` in a file's name; 0: there is none.
int number_after(const std::string& prefix, const std::string& name) {
    if (!name.starts_with(prefix) || name.size() > prefix.size() + 6) return 0;
    int number = 0;
    for (const char c : name.substr(prefix.size())) {
        if (c < '0' || c > '9') return 0;
        number = number * 10 + (c - '0');
    }
    return number;
}

// Removes the files that were set aside before. Answers the number of the next.
int remove_older(const std::filesystem::path& path) {
    const std::string prefix = path.filename().string() + ".broken-";
    std::filesystem::path folder = path.parent_path();
    if (folder.empty()) folder = ".";
    int latest = 0;
    std::error_code failure;
    for (const auto& file : std::filesystem::directory_iterator(folder, failure)) {
        const int number = number_after(prefix, file.path().filename().string());
        if (number == 0) continue;
        latest = std::max(latest, number);
        std::error_code ignored;
        std::filesystem::remove(file.path(), ignored);
    }
    return latest + 1;
}

}  // namespace

SideFile::SideFile(std::string path, Session& session, base::Logger log)
    : path_(std::move(path)), session_(session), log_(std::move(log)) {}

SideFile::~SideFile() = default;

bool SideFile::is_current() const {
    return session_.db.is_open() && opened_ && FileId::of(path_) == *opened_;
}

void SideFile::close() {
    opened_.reset();
    session_.db.close();
    session_.caches.marks.forget();
}

Status SideFile::open(const std::function<bool()>& is_shared) {
    close();
    if (Status folder = sqlite::prepare_folder(path_); !folder) return folder;
    if (Status made = sqlite::create_database_file(path_); !made) return made;
    const sqlite::Database::Options options{
        .path = path_, .full_sync = false, .cache_kib = cache_kib};
    auto content = Result<Content>(Content::foreign);
    if (Status opened = session_.db.open(options); opened)
        content = look();
    else if (opened.error().code() != ErrorCode::corrupt)
        return opened;
    if (!content) return content.error();
    if (*content == Content::other_version && is_shared())
        return Error(ErrorCode::unavailable,
                     "the file \"" + path_ +
                         "\" is in use by another version of toril: end the programs that are of "
                         "the other version");
    if (*content == Content::other_version) return start_anew("is of another version");
    if (*content == Content::foreign) return start_anew("is no side file of toril, or damaged");
    Status ready = *content == Content::none ? make() : bring_to_this_boot();
    if (!ready) close();
    if (ready) opened_ = std::make_unique<FileId>(FileId::of(path_).value_or(FileId{}));
    return ready;
}

// What is in the file. Only what says nothing about that is an error.
Result<SideFile::Content> SideFile::look() {
    sqlite::Database& db = session_.db;
    const std::int64_t owner = db.number("PRAGMA application_id");
    const std::int64_t version = db.number("PRAGMA user_version");
    const std::int64_t tables = db.number("SELECT count(*) FROM sqlite_schema");
    if (db.trouble() == sqlite::Trouble::damaged) return Content::foreign;
    if (db.failed()) return db.failure();
    if (owner == 0 && tables == 0) return Content::none;
    if (owner != side_application_id) return Content::foreign;
    return version == side_version ? Content::ours : Content::other_version;
}

Status SideFile::make() {
    sqlite::Database& db = session_.db;
    // Without a sync: what a power cut leaves of a new file is none of ours, and made anew.
    db.execute("PRAGMA synchronous = OFF");
    db.execute("PRAGMA auto_vacuum = INCREMENTAL");
    db.execute("PRAGMA journal_mode = WAL");
    db.execute("BEGIN IMMEDIATE");
    db.execute(sql::side);
    db.execute("PRAGMA application_id = " + std::to_string(side_application_id));
    db.execute("PRAGMA user_version = " + std::to_string(side_version));
    // News count up from the time, so that no number of an earlier file comes again.
    session_.side.insert(make_incarnation(), session_.clock.boot, session_.clock.wall_us());
    db.execute("COMMIT");
    db.execute("PRAGMA synchronous = NORMAL");
    if (!db.failed()) return {};
    Error error = db.failure();
    db.roll_back();
    return error;
}

// After a reboot nobody holds anything: the clock that says until when began anew.
Status SideFile::bring_to_this_boot() {
    sqlite::Database& db = session_.db;
    db.execute("PRAGMA journal_mode = WAL");
    if (session_.side.boot() != session_.clock.boot) {
        session_.side.transactions().begin_change();
        session_.locks.free_all();
        session_.records.free_running();
        session_.side.set_boot(session_.clock.boot);
        session_.side.transactions().commit();
    }
    if (!db.failed()) return {};
    const bool damaged = db.trouble() == sqlite::Trouble::damaged;
    Error error = db.failure();
    db.roll_back();
    return damaged ? start_anew("is damaged") : Status(error);
}

Status SideFile::start_anew(const std::string& why) {
    set_aside(why);
    if (FileId::of(path_))
        return Error(ErrorCode::unavailable,
                     "the file \"" + path_ + "\" " + why + " and cannot be renamed: remove it");
    return open([] { return false; });
}

void SideFile::set_aside(const std::string& why) {
    close();
    const std::string aside = path_ + ".broken-" + std::to_string(remove_older(path_));
    ::rename(path_.c_str(), aside.c_str());
    for (const char* suffix : {"-wal", "-shm"})
        ::unlink((path_ + suffix).c_str());
    log_(LogLevel::warning,
         "sqlite.side_made_anew",
         "the file \"" + path_ + "\" " + why + ": it is now \"" + aside +
             "\", and caches, locks and limits begin anew");
}

}  // namespace toril::sqlite_side

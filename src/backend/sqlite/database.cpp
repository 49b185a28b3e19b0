#include "backend/sqlite/database.hpp"

#include <sqlite3.h>

#include <cassert>
#include <charconv>

namespace toril::sqlite {
namespace {

Trouble trouble_of(int code) {
    switch (code & 0xff) {
        case SQLITE_OK:
        case SQLITE_ROW:
        case SQLITE_DONE: return Trouble::none;
        case SQLITE_FULL: return Trouble::full;
        case SQLITE_IOERR: return Trouble::input;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return Trouble::damaged;
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
        case SQLITE_CANTOPEN: return Trouble::refused;
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return Trouble::busy;
        default: return Trouble::other;
    }
}

// SQLite's own pages in the log; called after each commit of the connection.
int remember_wal_pages(void* pages, sqlite3*, const char*, int count) {
    *static_cast<int*>(pages) = count;
    return SQLITE_OK;
}

// Only other programs hold SQLite's own locks for long; ours take turns.
constexpr int busy_ms_max = 500;

}  // namespace

Database::~Database() {
    close();
}

Status Database::open(const Options& options) {
    options_ = options;
    trouble_ = Trouble::none;
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    note(sqlite3_open_v2(options_.path.c_str(), &handle_, flags, nullptr));
    if (handle_ != nullptr) {
        sqlite3_extended_result_codes(handle_, 1);
        sqlite3_busy_timeout(handle_, busy_ms_max);
        // Closing must not checkpoint: only the holder of the store's write lock may.
        sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        execute("PRAGMA secure_delete = OFF");
        execute("PRAGMA temp_store = MEMORY");
        execute("PRAGMA wal_autocheckpoint = 0");
        execute(options_.full_sync ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
        execute("PRAGMA cache_size = -" + std::to_string(options_.cache_kib));
        if (!failed()) sqlite3_wal_hook(handle_, remember_wal_pages, &wal_pages_);
    }
    if (failed()) {
        Error error = failure();
        close();
        return error;
    }
    ++generation_;
    return {};
}

Status Database::reopen() {
    close();
    return open(Options(options_));
}

void Database::close() {
    if (handle_ == nullptr) return;
    // A connection with statements left would stay open. Their owners see by the generation
    // that theirs are gone.
    while (sqlite3_stmt* left = sqlite3_next_stmt(handle_, nullptr))
        sqlite3_finalize(left);
    ++generation_;
    sqlite3_close(handle_);
    handle_ = nullptr;
}

std::int64_t Database::rows_changed() const {
    return handle_ != nullptr ? sqlite3_total_changes64(handle_) : 0;
}

bool Database::in_transaction() const {
    return handle_ != nullptr && sqlite3_get_autocommit(handle_) == 0;
}

void Database::note(int code) {
    if (failed() || trouble_of(code) == Trouble::none) return;
    trouble_ = trouble_of(code);
    message_ = handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
    message_ += " (SQLite code " + std::to_string(code) + ")";
}

Error Database::failure() const {
    const std::string file = "\"" + options_.path + "\"";
    switch (trouble_) {
        case Trouble::full:
            return {ErrorCode::limit_reached,
                    "the disk of the store " + file + " is full: free some space; " + message_};
        case Trouble::damaged:
            return {ErrorCode::corrupt,
                    "the store " + file +
                        " is damaged or is not a database: put a backup in its place, or move it "
                        "away to begin anew; " +
                        message_};
        case Trouble::refused:
            return {ErrorCode::unavailable,
                    "the store " + file +
                        " cannot be opened for writing: check that its folder exists and that "
                        "this user may write to both; " +
                        message_};
        case Trouble::busy:
            return {ErrorCode::unavailable,
                    "the store " + file + " is locked by another program: close it; " + message_};
        case Trouble::input:
            return {
                ErrorCode::unavailable,
                "reading or writing the store " + file + " failed: check the disk; " + message_};
        default: return {ErrorCode::unavailable, "the store " + file + " failed: " + message_};
    }
}

void Database::execute(std::string_view sql) {
    if (failed()) return;
    note(sqlite3_exec(handle_, std::string(sql).c_str(), nullptr, nullptr, nullptr));
}

std::string Database::text(std::string_view sql) {
    if (failed()) return {};
    sqlite3_stmt* statement = nullptr;
    note(
        sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr));
    std::string found;
    {
        Cursor cursor(*this, statement);
        if (cursor.next()) found = cursor.text(0);
    }
    sqlite3_finalize(statement);
    return found;
}

std::int64_t Database::number(std::string_view sql) {
    const std::string found = text(sql);
    std::int64_t value = 0;
    std::from_chars(found.data(), found.data() + found.size(), value);
    return value;
}

void Database::roll_back() {
    reset_failure();
    // SQLite may have rolled back by itself.
    if (in_transaction()) execute("ROLLBACK");
    reset_failure();
}

bool Database::checkpoint(Checkpoint how) {
    if (failed()) return false;
    int in_log = 0;
    int moved = 0;
    const int mode =
        how == Checkpoint::passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE;
    const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, mode, &in_log, &moved);
    if (trouble_of(code) == Trouble::busy) return false;  // a reader; the next one will do
    note(code);
    return !failed() && in_log == moved;
}

Cursor::~Cursor() {
    if (statement_ != nullptr) sqlite3_reset(statement_);
}

bool Cursor::next() {
    if (statement_ == nullptr || db_.failed()) return false;
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    db_.note(code);
    return false;
}

std::int64_t Cursor::number(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string Cursor::text(int column) const {
    const auto* bytes = sqlite3_column_text(statement_, column);
    if (bytes == nullptr) return {};
    return {reinterpret_cast<const char*>(bytes),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string Cursor::bytes(int column) const {
    const void* bytes = sqlite3_column_blob(statement_, column);
    if (bytes == nullptr) return {};
    return {static_cast<const char*>(bytes),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Cursor::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Statement::Statement(Database& db, std::string_view file, std::string_view section)
    : db_(db), sql_(find(file, section)) {
    assert(!sql_.empty());
}

Statement::~Statement() {
    if (generation_ == db_.generation()) sqlite3_finalize(statement_);
}

std::string_view Statement::find(std::string_view file, std::string_view section) {
    const std::string head = "-- :" + std::string(section) + "\n";
    const std::size_t at = file.find(head);
    if (at == std::string_view::npos) return {};
    const std::string_view rest = file.substr(at + head.size());
    return rest.substr(0, rest.find("-- :"));
}

sqlite3_stmt* Statement::prepared() {
    if (db_.failed()) return nullptr;
    if (generation_ == db_.generation()) return statement_;
    statement_ = nullptr;
    db_.note(sqlite3_prepare_v3(db_.handle_,
                                sql_.data(),
                                static_cast<int>(sql_.size()),
                                SQLITE_PREPARE_PERSISTENT,
                                &statement_,
                                nullptr));
    if (db_.failed()) return nullptr;
    generation_ = db_.generation();
    return statement_;
}

int Statement::changed() const {
    return db_.failed() ? 0 : sqlite3_changes(db_.handle_);
}

void Statement::bind(int at, std::int64_t value) {
    db_.note(sqlite3_bind_int64(statement_, at, value));
}

// The value outlives the run: it is an argument of the call that binds and steps. `rows` with a
// temporary string is safe too, as long as the cursor is used in the same full expression or the
// string is a variable.
void Statement::bind(int at, std::string_view value) {
    const char* bytes = value.data() != nullptr ? value.data() : "";
    db_.note(sqlite3_bind_text64(statement_, at, bytes, value.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind(int at, Bytes value) {
    const char* bytes = value.of.data() != nullptr ? value.of.data() : "";
    db_.note(sqlite3_bind_blob64(statement_, at, bytes, value.of.size(), SQLITE_STATIC));
}

void Statement::bind_nothing(int at) {
    db_.note(sqlite3_bind_null(statement_, at));
}

}  // namespace toril::sqlite

#pragma once

// One SQLite connection and its prepared statements.
//
// Failures are sticky: after the first one every statement does nothing and gives no row, until
// `reset_failure`. So an operation runs to its end without a check at each step, and whoever runs
// the transaction asks once, rolls back, and knows that nothing was changed.
//
// Threads: one at a time. A connection belongs to the thread that made it.

#include <toril/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace toril::sqlite {

/// What went wrong, by what to do about it.
enum class Trouble : unsigned char {
    none,
    full,     ///< The disk, or the quota, is full. What frees space may still work.
    input,    ///< Reading, writing or syncing failed: the connection must be opened anew.
    damaged,  ///< Not a database, or a malformed one.
    refused,  ///< Read-only, or no permission.
    busy,     ///< Another program holds SQLite's own lock.
    other,    ///< Our mistake, or out of memory.
};

class Database {
public:
    struct Options {
        std::string path{};
        bool full_sync = true;  // fsync at each commit
        int cache_kib = 8192;
    };

    Database() = default;
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Opens the file, and makes it if need be. Errors name the file and the remedy.
    Status open(const Options& options);

    /// Closes and opens again: what must follow a failed read, write or fsync, because the
    /// kernel may have dropped the pages that it could not write.
    Status reopen();
    void close();

    /// Runs SQL text without results: schema and pragmas.
    void execute(std::string_view sql);
    /// The first column of the first row.
    std::int64_t number(std::string_view sql);
    std::string text(std::string_view sql);

    bool failed() const { return trouble_ != Trouble::none; }
    Trouble trouble() const { return trouble_; }
    /// The failure as an error for callers. REQUIRES: failed().
    Error failure() const;
    void reset_failure() { trouble_ = Trouble::none; }
    bool is_open() const { return handle_ != nullptr; }
    bool in_transaction() const;
    /// Rows written since the connection was opened.
    std::int64_t rows_changed() const;

    /// Ends a transaction without a trace, after a failure too, and forgets the failure.
    void roll_back();

    /// Pages in the write-ahead log after the latest commit of this connection.
    int wal_pages() const { return wal_pages_; }
    enum class Checkpoint : unsigned char { passive, truncate };
    /// Moves the write-ahead log into the database. False: readers kept a part of it back.
    bool checkpoint(Checkpoint how);

    /// Counts opens and closes: a statement of an earlier time is gone.
    std::uint64_t generation() const { return generation_; }

private:
    friend class Statement;
    friend class Cursor;

    void note(int code);

    Options options_{};
    sqlite3* handle_ = nullptr;
    std::uint64_t generation_ = 0;
    int wal_pages_ = 0;
    Trouble trouble_ = Trouble::none;
    std::string message_{};
};

/// Bytes that are no text, for a BLOB.
struct Bytes {
    std::string_view of{};
};

/// The rows of one run of a statement. Ends the run when it goes out of scope.
class Cursor {
public:
    explicit Cursor(Database& db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
    ~Cursor();
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;

    /// Goes to the next row. False: there is none, or something failed.
    bool next();

    std::int64_t number(int column) const;
    int small(int column) const { return static_cast<int>(number(column)); }
    std::string text(int column) const;
    std::string bytes(int column) const;
    bool is_null(int column) const;

private:
    Database& db_;
    sqlite3_stmt* statement_;  // null after a failure
};

/// A statement by the name of its section in a .sql file. Prepared at first use, and kept.
class Statement {
public:
    Statement(Database& db, std::string_view file, std::string_view section);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    /// Binds ?1, ?2, ... and gives the rows. One run at a time.
    template <class... Values>
    Cursor rows(const Values&... values) {
        sqlite3_stmt* ready = prepared();
        if (ready != nullptr) {
            int at = 0;
            (bind(++at, values), ...);
        }
        return Cursor(db_, ready);
    }

    /// Runs a statement that gives no rows. Answers how many rows it changed.
    template <class... Values>
    int run(const Values&... values) {
        {
            Cursor cursor = rows(values...);
            cursor.next();
        }
        return changed();
    }

    /// The text of a section: from the line `-- :name` to the next such line.
    static std::string_view find(std::string_view file, std::string_view section);

private:
    sqlite3_stmt* prepared();
    int changed() const;
    void bind(int at, std::int64_t value);
    void bind(int at, int value) { bind(at, static_cast<std::int64_t>(value)); }
    void bind(int at, bool value) { bind(at, static_cast<std::int64_t>(value ? 1 : 0)); }
    void bind(int at, std::string_view value);
    void bind(int at, Bytes value);
    void bind(int at, const std::string& value) { bind(at, std::string_view(value)); }
    void bind(int at, const char* value) { bind(at, std::string_view(value)); }
    void bind_nothing(int at);
    template <class Value>
    void bind(int at, const std::optional<Value>& value) {
        if (value)
            bind(at, *value);
        else
            bind_nothing(at);
    }

    Database& db_;
    std::string_view sql_;
    sqlite3_stmt* statement_ = nullptr;
    std::uint64_t generation_ = 0;
};

}  // namespace toril::sqlite

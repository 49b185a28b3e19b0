#pragma once

// Records of what was to be done once.

#include "backend/sqlite/side/lock_table.hpp"

namespace toril::sqlite_side {

class RecordTable {
public:
    explicit RecordTable(sqlite::Database& db);

    enum class State : int { free = 0, running = 1, done = 2, failed = 3 };
    struct Row {
        State state = State::free;
        std::string token{};
        std::string fingerprint{};
        std::int64_t fence = 0;
        std::int64_t ends_ms = 0;  // running: of the boot's clock; done, failed: since 1970
    };
    std::optional<Row> find(KeyRef record);
    std::string value(KeyRef record);
    /// `row` is running; its state is ignored.
    void run(KeyRef record, const Row& row);
    void renew(KeyRef record, std::int64_t ends_ms);
    struct End {
        State state = State::done;
        std::int64_t until_ms = 0;
    };
    void finish(KeyRef record, End end, std::string_view value);
    void free(KeyRef record);
    void free_running() { free_running_.run(); }

    struct Now {
        std::int64_t boot_ms = 0;
        std::int64_t wall_ms = 0;
    };
    static bool has_ended(State state, std::int64_t ends_ms, const Now& now);
    /// As LockTable::sweep.
    std::int64_t sweep(const Now& now, int rows);

private:
    sqlite::Statement find_;
    sqlite::Statement value_;
    sqlite::Statement run_;
    sqlite::Statement renew_;
    sqlite::Statement finish_;
    sqlite::Statement free_;
    sqlite::Statement free_running_;
    sqlite::Statement step_;
    sqlite::Statement erase_;
    std::int64_t swept_ = 0;  // the id that the sweep is at
};

}  // namespace toril::sqlite_side

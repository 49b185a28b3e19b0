#include "backend/sqlite/side/record_table.hpp"

#include "toril/sqlite_side/statements.hpp"

#include <algorithm>
#include <vector>

namespace toril::sqlite_side {

RecordTable::RecordTable(sqlite::Database& db)
    : find_(db, sql::record, "find"),
      value_(db, sql::record, "value"),
      run_(db, sql::record, "run"),
      renew_(db, sql::record, "renew"),
      finish_(db, sql::record, "finish"),
      free_(db, sql::record, "free"),
      free_running_(db, sql::record, "free_running"),
      step_(db, sql::record, "step"),
      erase_(db, sql::record, "erase") {}

std::optional<RecordTable::Row> RecordTable::find(KeyRef record) {
    sqlite::Cursor row = find_.rows(record.prefix, record.key);
    if (!row.next()) return std::nullopt;
    return Row{.state = static_cast<State>(row.small(0)),
               .token = row.text(1),
               .fingerprint = row.text(2),
               .fence = row.number(3),
               .ends_ms = row.number(4)};
}

std::string RecordTable::value(KeyRef record) {
    sqlite::Cursor row = value_.rows(record.prefix, record.key);
    return row.next() ? row.bytes(0) : std::string();
}

void RecordTable::run(KeyRef record, const Row& row) {
    run_.run(record.prefix, record.key, row.token, row.fingerprint, row.fence, row.ends_ms);
}

void RecordTable::renew(KeyRef record, std::int64_t ends_ms) {
    renew_.run(record.prefix, record.key, ends_ms);
}

void RecordTable::finish(KeyRef record, End end, std::string_view value) {
    finish_.run(
        record.prefix, record.key, static_cast<int>(end.state), end.until_ms, sqlite::Bytes{value});
}

void RecordTable::free(KeyRef record) {
    free_.run(record.prefix, record.key);
}

bool RecordTable::has_ended(State state, std::int64_t ends_ms, const Now& now) {
    if (state == State::free) return true;
    return ends_ms <= (state == State::running ? now.boot_ms : now.wall_ms);
}

std::int64_t RecordTable::sweep(const Now& now, int rows) {
    std::vector<std::int64_t> ended;
    std::int64_t fence = 0;
    int seen = 0;
    {
        sqlite::Cursor row = step_.rows(swept_, rows);
        for (; row.next(); ++seen) {
            swept_ = row.number(0);
            if (!has_ended(static_cast<State>(row.small(1)), row.number(3), now)) continue;
            fence = std::max(fence, row.number(2));
            ended.push_back(swept_);
        }
    }
    if (seen < rows) swept_ = 0;
    for (const std::int64_t id : ended)
        erase_.run(id);
    return fence;
}

}  // namespace toril::sqlite_side

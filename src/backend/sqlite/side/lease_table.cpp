#include "backend/sqlite/side/lease_table.hpp"

#include "toril/sqlite_side/statements.hpp"

#include <utility>

namespace toril::sqlite_side {

LeaseTable::LeaseTable(sqlite::Database& db)
    : find_(db, sql::cache, "find_lease"),
      put_(db, sql::cache, "put_lease"),
      erase_(db, sql::cache, "erase_lease"),
      erase_own_(db, sql::cache, "erase_own_lease"),
      after_(db, sql::cache, "lease_after"),
      erase_ended_(db, sql::cache, "erase_ended_leases") {}

std::optional<LeaseTable::Row> LeaseTable::find(EntryRef entry, std::int64_t now_ms) {
    sqlite::Cursor row = find_.rows(entry.cache, entry.key);
    // One that was made in the future is of before the clock went back: nobody waits for that.
    if (!row.next() || row.number(2) <= now_ms || row.number(1) > now_ms) return std::nullopt;
    return Row{.token = row.text(0), .ends_ms = row.number(2)};
}

void LeaseTable::put(EntryRef entry,
                     std::string_view token,
                     std::int64_t now_ms,
                     std::int64_t ends_ms) {
    put_.run(entry.cache, entry.key, token, now_ms, ends_ms);
}

void LeaseTable::sweep(std::int64_t now_ms, int rows) {
    std::int64_t cache = 0;
    std::string key;
    bool more = false;
    {
        sqlite::Cursor row = after_.rows(swept_cache_, swept_key_, rows - 1);
        more = row.next();
        if (more) {
            cache = row.number(0);
            key = row.text(1);
        }
    }
    erase_ended_.run(swept_cache_, swept_key_, now_ms, rows);
    swept_cache_ = cache;
    swept_key_ = std::move(key);
}

}  // namespace toril::sqlite_side

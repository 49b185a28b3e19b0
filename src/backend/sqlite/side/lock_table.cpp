#include "backend/sqlite/side/lock_table.hpp"

#include "toril/sqlite_side/statements.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace toril::sqlite_side {

LockTable::LockTable(sqlite::Database& db)
    : find_(db, sql::lock, "find"),
      put_(db, sql::lock, "put"),
      renew_(db, sql::lock, "renew"),
      free_(db, sql::lock, "free"),
      free_all_(db, sql::lock, "free_all"),
      step_(db, sql::lock, "step"),
      erase_(db, sql::lock, "erase") {}

std::optional<LockTable::Row> LockTable::find(KeyRef lock) {
    sqlite::Cursor row = find_.rows(lock.prefix, lock.key);
    if (!row.next()) return std::nullopt;
    return Row{.token = row.text(0),
               .owner = row.text(1),
               .fence = row.number(2),
               .ends_ms = row.number(3)};
}

void LockTable::put(KeyRef lock, const Row& row) {
    put_.run(lock.prefix, lock.key, row.token, row.owner, row.fence, row.ends_ms);
}

void LockTable::renew(KeyRef lock, std::string_view token, std::int64_t ends_ms) {
    renew_.run(lock.prefix, lock.key, token, ends_ms);
}

void LockTable::free(KeyRef lock) {
    free_.run(lock.prefix, lock.key);
}

std::int64_t LockTable::sweep(std::int64_t now_ms, int rows) {
    std::vector<std::pair<std::string, std::string>> ended;
    std::int64_t fence = 0;
    int seen = 0;
    {
        sqlite::Cursor row = step_.rows(swept_prefix_, swept_key_, rows);
        std::string prefix;
        std::string key;
        for (; row.next(); ++seen) {
            prefix = row.text(0);
            key = row.text(1);
            if (row.number(3) > now_ms) continue;
            fence = std::max(fence, row.number(2));
            ended.emplace_back(prefix, key);
        }
        swept_prefix_ = std::move(prefix);
        swept_key_ = std::move(key);
    }
    if (seen < rows) swept_prefix_ = swept_key_ = {};
    for (const auto& [prefix, key] : ended)
        erase_.run(prefix, key);
    return fence;
}

}  // namespace toril::sqlite_side

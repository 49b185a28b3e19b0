#include "backend/sqlite/side/rate_table.hpp"

#include "toril/sqlite_side/statements.hpp"

#include <utility>
#include <vector>

namespace toril::sqlite_side {

RateTable::RateTable(sqlite::Database& db)
    : find_(db, sql::rate, "find"),
      put_(db, sql::rate, "put"),
      erase_(db, sql::rate, "erase"),
      step_(db, sql::rate, "step") {}

base::RateState RateTable::find(KeyRef key, base::Micros now) {
    sqlite::Cursor row = find_.rows(key.prefix, key.key);
    if (!row.next() || row.number(1) <= now.count()) return {};
    return base::rate_decode(row.bytes(0)).value_or(base::RateState{});
}

void RateTable::put(KeyRef key, const base::RateState& state, base::Micros ends) {
    const std::string bytes = base::rate_encode(state);
    put_.run(key.prefix, key.key, sqlite::Bytes{bytes}, std::int64_t{ends.count()});
}

void RateTable::erase(KeyRef key) {
    erase_.run(key.prefix, key.key);
}

void RateTable::sweep(base::Micros now, int rows) {
    std::vector<std::pair<std::string, std::string>> ended;
    int seen = 0;
    {
        sqlite::Cursor row = step_.rows(swept_prefix_, swept_key_, rows);
        std::string prefix;
        std::string key;
        for (; row.next(); ++seen) {
            prefix = row.text(0);
            key = row.text(1);
            if (row.number(2) <= now.count()) ended.emplace_back(prefix, key);
        }
        swept_prefix_ = std::move(prefix);
        swept_key_ = std::move(key);
    }
    if (seen < rows) swept_prefix_ = swept_key_ = {};
    for (const auto& [prefix, key] : ended)
        erase_.run(prefix, key);
}

}  // namespace toril::sqlite_side

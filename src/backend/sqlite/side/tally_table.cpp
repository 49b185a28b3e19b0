#include "backend/sqlite/side/tally_table.hpp"

#include "toril/sqlite_side/statements.hpp"

namespace toril::sqlite_side {

TallyTable::TallyTable(sqlite::Database& db)
    : add_(db, sql::cache, "add_tally"),
      all_(db, sql::cache, "tallies"),
      measure_(db, sql::cache, "measure_entries") {}

void TallyTable::add(std::int64_t cache, const std::string& name, std::uint64_t count) {
    add_.run(cache, name, static_cast<std::int64_t>(count));
}

contract::CacheTotals TallyTable::totals(std::int64_t cache, std::int64_t now_ms) {
    contract::CacheTotals totals;
    for (sqlite::Cursor row = all_.rows(cache); row.next();)
        totals.counts[std::string(row.text(0))] = static_cast<std::uint64_t>(row.number(1));
    sqlite::Cursor sums = measure_.rows(cache, now_ms);
    if (!sums.next()) return totals;
    totals.entries = static_cast<std::uint64_t>(sums.number(0));
    totals.bytes = static_cast<std::uint64_t>(sums.number(1));
    return totals;
}

}  // namespace toril::sqlite_side

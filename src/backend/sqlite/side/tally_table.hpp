#pragma once

// What processes counted of a cache, and how much of it there is.

#include "backend/sqlite/database.hpp"
#include "contract/cache_store.hpp"

#include <cstdint>
#include <string>

namespace toril::sqlite_side {

class TallyTable {
public:
    explicit TallyTable(sqlite::Database& db);

    void add(std::int64_t cache, const std::string& name, std::uint64_t count);
    contract::CacheTotals totals(std::int64_t cache, std::int64_t now_ms);

private:
    sqlite::Statement add_;
    sqlite::Statement all_;
    sqlite::Statement measure_;
};

}  // namespace toril::sqlite_side

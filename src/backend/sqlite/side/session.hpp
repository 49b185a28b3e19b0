#pragma once

// What the worker works with. The operations in operations.hpp are functions on it.
//
// Threads: the worker only.

#include "backend/sqlite/side/cache_tables.hpp"
#include "backend/sqlite/side/lock_table.hpp"
#include "backend/sqlite/side/news_table.hpp"
#include "backend/sqlite/side/rate_table.hpp"
#include "backend/sqlite/side/record_table.hpp"
#include "backend/sqlite/side/side_clock.hpp"
#include "backend/sqlite/side/side_table.hpp"
#include "contract/lock_store.hpp"

#include <string>
#include <utility>
#include <vector>

namespace toril::sqlite_side {

/// A lock or a record that others may have now.
struct Freed {
    contract::LockKind kind = contract::LockKind::lock;
    std::string key{};
    bool taken = false;  // from who held it
};

struct Session {
    Session(std::string of, SideClock from, std::int64_t id)
        : prefix(std::move(of)), clock(std::move(from)), news(db, id) {}

    KeyRef ref(std::string_view key) const { return {prefix, key}; }
    RecordTable::Now now() const { return {clock.boot_ms(), clock.wall_us() / 1000}; }

    const std::string prefix;
    const SideClock clock;
    sqlite::Database db{};
    SideTable side{db};
    LockTable locks{db};
    RecordTable records{db};
    RateTable rates{db};
    CacheTables caches{db};
    NewsTable news;

    // Of the transaction that is under way.
    std::vector<Freed> freed{};
    std::int64_t stored_bytes = 0;  // of cache entries

    std::int64_t cache_ms = 0;  // the time by which caches were asked last
};

}  // namespace toril::sqlite_side

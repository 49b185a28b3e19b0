#pragma once

// All that belongs to caches.

#include "backend/sqlite/side/entry_table.hpp"
#include "backend/sqlite/side/lease_table.hpp"
#include "backend/sqlite/side/mark_table.hpp"
#include "backend/sqlite/side/tally_table.hpp"

namespace toril::sqlite_side {

struct CacheTables {
    explicit CacheTables(sqlite::Database& db) : entries(db), leases(db), marks(db), tallies(db) {}

    EntryTable entries;
    LeaseTable leases;
    MarkTable marks;
    TallyTable tallies;
};

}  // namespace toril::sqlite_side

#pragma once

// A job to be added as one row of table `job`, and back.

#include "backend/sqlite/database.hpp"
#include "contract/job_store.hpp"

#include <cstdint>

namespace toril::sqlite_spool {

/// Where in the spool a row is.
struct Spot {
    std::int64_t key = 0;
    std::int64_t at_ms = 0;
};

/// What a job counts against the bounds.
std::int64_t bytes_of(const contract::AddJob& job);

void insert(sqlite::Statement& statement, const Spot& spot, const contract::AddJob& job);

Spot spot_at(const sqlite::Cursor& row);
contract::AddJob job_at(const sqlite::Cursor& row);

}  // namespace toril::sqlite_spool

#pragma once

// Which tables there are, by version, and the steps from each version to the next.

#include "backend/sqlite/database.hpp"

namespace toril::sqlite {

/// "tori" as bytes: so that `file` and others know whose database it is.
inline constexpr std::int64_t application_id = 0x746f7269;
inline constexpr std::int64_t schema_version = 3;

/// Brings a new or older database to this version, in one transaction.
///
/// Errors: `corrupt` for a newer one, and for a database of another program.
/// REQUIRES: nobody else writes.
Status migrate(Database& db, const std::string& path);

}  // namespace toril::sqlite

#include "backend/sqlite/side/transactions.hpp"

#include "toril/sqlite_side/statements.hpp"

namespace toril::sqlite_side {

Transactions::Transactions(sqlite::Database& db)
    : begin_look_(db, sql::file, "begin_look"),
      begin_change_(db, sql::file, "begin_change"),
      commit_(db, sql::file, "commit") {}

}  // namespace toril::sqlite_side

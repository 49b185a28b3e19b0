#pragma once

#include "backend/sqlite/database.hpp"

namespace toril::sqlite_side {

/// Prepared, as they are half of what a small operation runs.
class Transactions {
public:
    explicit Transactions(sqlite::Database& db);

    void begin_look() { begin_look_.run(); }
    void begin_change() { begin_change_.run(); }
    void commit() { commit_.run(); }

private:
    sqlite::Statement begin_look_;
    sqlite::Statement begin_change_;
    sqlite::Statement commit_;
};

}  // namespace toril::sqlite_side

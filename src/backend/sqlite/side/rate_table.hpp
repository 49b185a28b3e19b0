#pragma once

#include "backend/sqlite/side/lock_table.hpp"
#include "base/rate_limit.hpp"

namespace toril::sqlite_side {

class RateTable {
public:
    explicit RateTable(sqlite::Database& db);

    /// All zero when nothing is known, or what is known means nothing any more.
    base::RateState find(KeyRef key, base::Micros now);
    void put(KeyRef key, const base::RateState& state, base::Micros ends);
    void erase(KeyRef key);
    /// Looks at the next `rows` rows and erases those that mean nothing any more.
    void sweep(base::Micros now, int rows);

private:
    sqlite::Statement find_;
    sqlite::Statement put_;
    sqlite::Statement erase_;
    sqlite::Statement step_;
    std::string swept_prefix_{};  // how far the sweep is
    std::string swept_key_{};
};

}  // namespace toril::sqlite_side

#pragma once

// The one row about the file as a whole.

#include "backend/sqlite/database.hpp"
#include "backend/sqlite/side/transactions.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace toril::sqlite_side {

class SideTable {
public:
    explicit SideTable(sqlite::Database& db);

    Transactions& transactions() { return transactions_; }

    /// Of a new file. `seq`: the number that its news count up from.
    void insert(const std::string& incarnation, const std::string& boot, std::int64_t seq);
    std::string incarnation();
    std::string boot();
    void set_boot(const std::string& boot) { set_boot_.run(boot); }

    /// The fence after `last` of the key; none: the key has no row, it may have had one.
    std::int64_t next_fence(std::optional<std::int64_t> last, std::int64_t wall_us);
    /// A row with this fence is gone.
    void raise_fence(std::int64_t fence) { raise_fence_.run(fence); }

    /// Writes something that means nothing.
    void probe(std::int64_t wall_us) { probe_.run(wall_us); }
    /// Pages that hold something.
    std::int64_t used_pages();
    /// Gives some pages that hold nothing back to the disk.
    void vacuum();

private:
    Transactions transactions_;
    sqlite::Statement insert_;
    sqlite::Statement first_news_;
    sqlite::Statement incarnation_;
    sqlite::Statement boot_;
    sqlite::Statement set_boot_;
    sqlite::Statement fence_;
    sqlite::Statement raise_fence_;
    sqlite::Statement probe_;
    sqlite::Statement used_pages_;
    sqlite::Statement vacuum_;
};

}  // namespace toril::sqlite_side

#include "backend/sqlite/side/side_table.hpp"

#include "toril/sqlite_side/statements.hpp"

#include <algorithm>

namespace toril::sqlite_side {
namespace {

// The largest whole number that every reader, Lua and JavaScript too, holds exactly.
constexpr std::int64_t fence_max = std::int64_t{1} << 53;

}  // namespace

SideTable::SideTable(sqlite::Database& db)
    : transactions_(db),
      insert_(db, sql::file, "insert"),
      first_news_(db, sql::file, "first_news"),
      incarnation_(db, sql::file, "incarnation"),
      boot_(db, sql::file, "boot"),
      set_boot_(db, sql::file, "set_boot"),
      fence_(db, sql::file, "fence"),
      raise_fence_(db, sql::file, "raise_fence"),
      probe_(db, sql::file, "probe"),
      used_pages_(db, sql::file, "used_pages"),
      vacuum_(db, sql::file, "vacuum") {}

void SideTable::insert(const std::string& incarnation, const std::string& boot, std::int64_t seq) {
    insert_.run(incarnation, boot);
    first_news_.run(seq);
}

std::string SideTable::incarnation() {
    sqlite::Cursor row = incarnation_.rows();
    return row.next() ? row.text(0) : std::string();
}

std::string SideTable::boot() {
    sqlite::Cursor row = boot_.rows();
    return row.next() ? row.text(0) : std::string();
}

std::int64_t SideTable::next_fence(std::optional<std::int64_t> last, std::int64_t wall_us) {
    if (!last) {
        sqlite::Cursor row = fence_.rows();
        last = row.next() ? row.number(0) : 0;
    }
    return std::min(std::max(*last + 1, wall_us), fence_max);
}

std::int64_t SideTable::used_pages() {
    sqlite::Cursor row = used_pages_.rows();
    return row.next() ? row.number(0) : 0;
}

// A row a page.
void SideTable::vacuum() {
    sqlite::Cursor page = vacuum_.rows();
    while (page.next()) {
    }
}

}  // namespace toril::sqlite_side

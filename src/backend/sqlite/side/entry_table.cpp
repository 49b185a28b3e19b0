#include "backend/sqlite/side/entry_table.hpp"

#include "toril/sqlite_side/statements.hpp"

#include <algorithm>

namespace toril::sqlite_side {
namespace {

// tags := { length of one byte, so many bytes }
std::string join(const std::vector<std::string>& tags) {
    std::string bytes;
    for (const std::string& tag : tags) {
        bytes += static_cast<char>(static_cast<unsigned char>(tag.size()));
        bytes += tag;
    }
    return bytes;
}

std::vector<std::string> split(std::string_view bytes) {
    std::vector<std::string> tags;
    while (!bytes.empty()) {
        const auto size = static_cast<unsigned char>(bytes.front());
        tags.emplace_back(bytes.substr(1, size));
        bytes.remove_prefix(std::min<std::size_t>(bytes.size(), std::size_t{1} + size));
    }
    return tags;
}

}  // namespace

EntryTable::EntryTable(sqlite::Database& db)
    : find_(db, sql::cache, "find_entry"),
      look_at_(db, sql::cache, "look_at_entry"),
      put_(db, sql::cache, "put_entry"),
      erase_(db, sql::cache, "erase_entry"),
      expire_(db, sql::cache, "expire_entry"),
      step_(db, sql::cache, "step_entries"),
      erase_id_(db, sql::cache, "erase_entry_of_id"),
      erase_oldest_(db, sql::cache, "erase_oldest_entries") {}

std::optional<EntryTable::Row> EntryTable::find(EntryRef entry) {
    sqlite::Cursor row = find_.rows(entry.cache, entry.key);
    if (!row.next()) return std::nullopt;
    return Row{.fresh_ms = row.number(0),
               .kept_ms = row.number(1),
               .load_ms = row.number(2),
               .number = row.number(3),
               .negative = row.number(4) != 0,
               .tags = split(row.bytes(5)),
               .value = row.bytes(6)};
}

std::optional<EntryTable::Row> EntryTable::look_at(EntryRef entry) {
    sqlite::Cursor row = look_at_.rows(entry.cache, entry.key);
    if (!row.next()) return std::nullopt;
    return Row{.kept_ms = row.number(0), .number = row.number(1), .tags = split(row.bytes(2))};
}

void EntryTable::put(EntryRef entry, const Row& row) {
    const std::string tags = join(row.tags);
    put_.run(entry.cache,
             entry.key,
             row.fresh_ms,
             row.kept_ms,
             row.load_ms,
             row.number,
             row.negative,
             sqlite::Bytes{tags},
             sqlite::Bytes{row.value});
}

void EntryTable::sweep(std::int64_t now_ms, int rows) {
    std::vector<std::int64_t> gone;
    int seen = 0;
    {
        sqlite::Cursor row = step_.rows(swept_, rows);
        for (; row.next(); ++seen) {
            swept_ = row.number(0);
            if (row.number(1) <= now_ms || row.number(2) != 0) gone.push_back(swept_);
        }
    }
    if (seen < rows) swept_ = 0;
    for (const std::int64_t id : gone)
        erase_id_.run(id);
}

}  // namespace toril::sqlite_side

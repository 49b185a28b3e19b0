#include "backend/sqlite/spool/line_table.hpp"
#include "backend/sqlite/spool/spool_file.hpp"
#include "backend/sqlite/spool/sqlite_spool.hpp"
#include "base/clock.hpp"
#include "toril/sqlite_spool/statements.hpp"

#include <algorithm>
#include <filesystem>

namespace toril::sqlite_spool {
namespace {

struct Numbered {
    std::int64_t id = 0;
    SpoolLine line{};
};

std::vector<Numbered> all_lines(sqlite::Database& db) {
    sqlite::Statement all(db, sql::spool, "all_lines");
    std::vector<Numbered> found;
    const auto count = [](const sqlite::Cursor& row, int column) {
        return static_cast<std::uint64_t>(row.number(column));
    };
    sqlite::Cursor row = all.rows();
    while (row.next())
        found.push_back({row.number(0),
                         {.prefix = row.text(1),
                          .queue = row.text(2),
                          .jobs = count(row, 3),
                          .bytes = count(row, 4),
                          .forwarded = count(row, 5),
                          .rejected = count(row, 6),
                          .dropped = count(row, 7)}});
    return found;
}

}  // namespace

Result<std::vector<SpoolLine>> read_lines(const std::string& path) {
    std::error_code failure;
    if (!std::filesystem::exists(path, failure))
        return Error(ErrorCode::not_found, "there is no spool \"" + path + "\"");
    SpoolFile file;
    if (Status opened = file.open(path); !opened) return opened.error();
    LineTable table(file.db());
    sqlite::Statement latest(file.db(), sql::spool, "latest_reason");
    std::vector<SpoolLine> lines;
    for (Numbered& found : all_lines(file.db())) {
        const Timestamp oldest = table.size(found.id).oldest;
        if (oldest != Timestamp{})
            found.line.oldest_age = std::max(Millis{0}, base::wall_now() - oldest);
        const Keys keys = keys_of(found.id);
        sqlite::Cursor row = latest.rows(keys.first, keys.last);
        if (row.next()) found.line.latest_reason = row.text(0);
        lines.push_back(std::move(found.line));
    }
    if (Status read = file.outcome_of_reading(); !read) return read.error();
    return lines;
}

}  // namespace toril::sqlite_spool

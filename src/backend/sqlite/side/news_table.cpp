#include "backend/sqlite/side/news_table.hpp"

#include "toril/sqlite_side/statements.hpp"

namespace toril::sqlite_side {
namespace {

// Old rows go so many at a time: one statement for many adds.
constexpr std::int64_t trim_every = 64;

std::int64_t only_number(sqlite::Statement& statement) {
    sqlite::Cursor row = statement.rows();
    return row.next() ? row.number(0) : 0;
}

}  // namespace

NewsTable::NewsTable(sqlite::Database& db, std::int64_t writer)
    : writer_(writer),
      add_(db, sql::news, "add"),
      trim_(db, sql::news, "trim"),
      latest_(db, sql::news, "latest"),
      oldest_(db, sql::news, "oldest"),
      after_(db, sql::news, "after") {}

void NewsTable::add(const News& news) {
    {
        sqlite::Cursor row = add_.rows(
            writer_, static_cast<int>(news.kind), news.prefix, news.cache, news.text, news.number);
        if (row.next()) added_ = row.number(0);
        row.next();
    }
    if (added_ % trim_every == 0) trim_.run(added_ - news_kept);
}

std::int64_t NewsTable::latest() {
    return only_number(latest_);
}

std::int64_t NewsTable::oldest() {
    return only_number(oldest_);
}

std::vector<NewsRow> NewsTable::after(std::int64_t seq, int rows_max) {
    std::vector<NewsRow> found;
    sqlite::Cursor row = after_.rows(seq, rows_max);
    while (row.next())
        found.push_back({.seq = row.number(0),
                         .own = row.number(1) == writer_,
                         .kind = static_cast<NewsKind>(row.small(2)),
                         .prefix = row.text(3),
                         .cache = row.text(4),
                         .text = row.text(5),
                         .number = row.number(6)});
    return found;
}

}  // namespace toril::sqlite_side

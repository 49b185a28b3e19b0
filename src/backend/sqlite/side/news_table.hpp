#pragma once

// What other processes are to hear of.

#include "backend/sqlite/database.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace toril::sqlite_side {

enum class NewsKind : int { changed = 0, tag = 1, pattern = 2, all = 3, taken = 4 };

struct NewsRow {
    std::int64_t seq = 0;
    bool own = false;
    NewsKind kind = NewsKind::changed;
    std::string prefix{};
    std::string cache{};  // its name; taken: empty
    std::string text{};   // a key, a tag or a pattern
    std::int64_t number = 0;
};

/// Rows that are kept; who is further behind has lost some.
inline constexpr std::int64_t news_kept = 10'000;

class NewsTable {
public:
    /// `writer`: whose the rows are that are added.
    NewsTable(sqlite::Database& db, std::int64_t writer);

    struct News {
        NewsKind kind = NewsKind::changed;
        std::string_view prefix{};
        std::string_view cache{};
        std::string_view text{};
        std::int64_t number = 0;
    };
    void add(const News& news);

    /// The number of the latest row.
    std::int64_t latest();
    /// The number of the oldest.
    std::int64_t oldest();
    std::vector<NewsRow> after(std::int64_t seq, int rows_max);

    /// That of the latest row of this transaction; 0: it added none.
    std::int64_t added() const { return added_; }
    void settle() { added_ = 0; }

private:
    const std::int64_t writer_;
    sqlite::Statement add_;
    sqlite::Statement trim_;
    sqlite::Statement latest_;
    sqlite::Statement oldest_;
    sqlite::Statement after_;
    std::int64_t added_ = 0;
};

}  // namespace toril::sqlite_side

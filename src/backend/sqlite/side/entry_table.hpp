#pragma once

#include "backend/sqlite/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace toril::sqlite_side {

/// A key of one cache.
struct EntryRef {
    std::int64_t cache = 0;
    std::string_view key{};
};

class EntryTable {
public:
    explicit EntryTable(sqlite::Database& db);

    struct Row {
        std::int64_t fresh_ms = 0;
        std::int64_t kept_ms = 0;
        std::int64_t load_ms = 0;
        std::int64_t number = 0;
        bool negative = false;
        std::vector<std::string> tags{};
        std::string value{};
    };
    std::optional<Row> find(EntryRef entry);
    /// Without what is large, and without what it does not need: `kept_ms`, `number`, `tags`.
    std::optional<Row> look_at(EntryRef entry);
    void put(EntryRef entry, const Row& row);
    void erase(EntryRef entry) { erase_.run(entry.cache, entry.key); }
    void expire(EntryRef entry, std::int64_t now_ms) {
        expire_.run(entry.cache, entry.key, now_ms);
    }

    /// Looks at the next `rows` rows and erases those that are gone.
    void sweep(std::int64_t now_ms, int rows);
    /// Answers how many went.
    int erase_oldest(int rows) { return erase_oldest_.run(rows); }

private:
    sqlite::Statement find_;
    sqlite::Statement look_at_;
    sqlite::Statement put_;
    sqlite::Statement erase_;
    sqlite::Statement expire_;
    sqlite::Statement step_;
    sqlite::Statement erase_id_;
    sqlite::Statement erase_oldest_;
    std::int64_t swept_ = 0;  // the id that the sweep is at
};

}  // namespace toril::sqlite_side

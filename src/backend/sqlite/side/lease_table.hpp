#pragma once

// Who may load a key of a cache.

#include "backend/sqlite/side/entry_table.hpp"

namespace toril::sqlite_side {

class LeaseTable {
public:
    explicit LeaseTable(sqlite::Database& db);

    struct Row {
        std::string token{};
        std::int64_t ends_ms = 0;
    };
    /// None: nobody, or it ended.
    std::optional<Row> find(EntryRef entry, std::int64_t now_ms);
    void put(EntryRef entry, std::string_view token, std::int64_t now_ms, std::int64_t ends_ms);
    /// Ends the lease of `token`, whatever the time is. False: it has none.
    bool erase_own(EntryRef entry, std::string_view token) {
        return erase_own_.run(entry.cache, entry.key, token) > 0;
    }
    void erase(EntryRef entry) { erase_.run(entry.cache, entry.key); }

    /// Looks at the next `rows` rows and erases those that ended.
    void sweep(std::int64_t now_ms, int rows);

private:
    sqlite::Statement find_;
    sqlite::Statement put_;
    sqlite::Statement erase_;
    sqlite::Statement erase_own_;
    sqlite::Statement after_;
    sqlite::Statement erase_ended_;
    std::int64_t swept_cache_ = 0;  // how far the sweep is
    std::string swept_key_{};
};

}  // namespace toril::sqlite_side

#pragma once

#include "backend/sqlite/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace toril::sqlite_side {

/// A key of one prefix.
struct KeyRef {
    std::string_view prefix{};
    std::string_view key{};
};

/// A row stays for a while after its lock ended, for its fence.
class LockTable {
public:
    explicit LockTable(sqlite::Database& db);

    struct Row {
        std::string token{};
        std::string owner{};
        std::int64_t fence = 0;
        std::int64_t ends_ms = 0;
    };
    std::optional<Row> find(KeyRef lock);
    void put(KeyRef lock, const Row& row);
    void renew(KeyRef lock, std::string_view token, std::int64_t ends_ms);
    void free(KeyRef lock);
    void free_all() { free_all_.run(); }

    /// Looks at the next `rows` rows and erases those that ended. Answers the highest fence of
    /// these; 0: none.
    std::int64_t sweep(std::int64_t now_ms, int rows);

private:
    sqlite::Statement find_;
    sqlite::Statement put_;
    sqlite::Statement renew_;
    sqlite::Statement free_;
    sqlite::Statement free_all_;
    sqlite::Statement step_;
    sqlite::Statement erase_;
    std::string swept_prefix_{};  // how far the sweep is
    std::string swept_key_{};
};

}  // namespace toril::sqlite_side

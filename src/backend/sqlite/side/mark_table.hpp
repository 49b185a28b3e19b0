#pragma once

// What was invalidated: tags and patterns with their numbers. A copy of what is in the file is kept
// in memory, as each read of the cache asks it.

#include "backend/sqlite/database.hpp"
#include "contract/cache_store.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace toril::sqlite_side {

/// The marks of one cache.
struct CacheMarks {
    std::int64_t id = 0;
    std::int64_t number = 0;  // the latest
    std::int64_t floor = 0;   // what is older counts as invalid
    std::map<std::string, std::int64_t, std::less<>> tags{};
    std::map<std::string, std::int64_t, std::less<>> patterns{};

    /// Whether an entry whose load began at `loaded` is valid.
    bool allow(std::string_view key,
               const std::vector<std::string>& of_tags,
               std::int64_t loaded) const;
};

class MarkTable {
public:
    explicit MarkTable(sqlite::Database& db);

    /// Null: nothing was written of this cache.
    CacheMarks* find(std::string_view prefix, std::string_view name);
    CacheMarks& make(std::string_view prefix, std::string_view name);
    /// Answers its number.
    std::int64_t add(CacheMarks& cache, contract::CacheMark::Kind kind, const std::string& text);
    /// The memory is not to be relied on: another file, or a transaction that was rolled back.
    void forget() { known_.clear(); }

private:
    void load(CacheMarks& cache, std::int64_t after);
    void forget_older_half(CacheMarks& cache);
    void forget_up_to(CacheMarks& cache, std::int64_t number);

    sqlite::Statement find_;
    sqlite::Statement add_cache_;
    sqlite::Statement save_;
    sqlite::Statement after_;
    sqlite::Statement put_;
    sqlite::Statement erase_;
    std::map<std::int64_t, CacheMarks> known_{};
};

}  // namespace toril::sqlite_side

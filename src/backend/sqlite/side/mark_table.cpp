#include "backend/sqlite/side/mark_table.hpp"

#include "base/glob.hpp"
#include "toril/sqlite_side/statements.hpp"

#include <algorithm>

namespace toril::sqlite_side {
namespace {

using contract::CacheMark;
using Numbers = std::map<std::string, std::int64_t, std::less<>>;

void append(std::vector<std::int64_t>& all, const Numbers& numbers) {
    for (const auto& [text, number] : numbers)
        all.push_back(number);
}

}  // namespace

bool CacheMarks::allow(std::string_view key,
                       const std::vector<std::string>& of_tags,
                       std::int64_t loaded) const {
    if (loaded < floor) return false;
    for (const std::string& tag : of_tags)
        if (const auto mark = tags.find(tag); mark != tags.end() && mark->second > loaded)
            return false;
    return std::none_of(patterns.begin(), patterns.end(), [&](const auto& mark) {
        return mark.second > loaded && base::glob_matches(mark.first, key);
    });
}

MarkTable::MarkTable(sqlite::Database& db)
    : find_(db, sql::cache, "find_cache"),
      add_cache_(db, sql::cache, "add_cache"),
      save_(db, sql::cache, "save_cache"),
      after_(db, sql::cache, "marks_after"),
      put_(db, sql::cache, "put_mark"),
      erase_(db, sql::cache, "erase_marks") {}

CacheMarks* MarkTable::find(std::string_view prefix, std::string_view name) {
    std::int64_t number = 0;
    std::int64_t floor = 0;
    CacheMarks* cache = nullptr;
    {
        sqlite::Cursor row = find_.rows(prefix, name);
        if (!row.next()) return nullptr;
        cache = &known_[row.number(0)];
        cache->id = row.number(0);
        number = row.number(1);
        floor = row.number(2);
    }
    if (floor != cache->floor) {
        cache->tags.clear();
        cache->patterns.clear();
        cache->number = 0;
    }
    if (number != cache->number) load(*cache, cache->number);
    cache->number = number;
    cache->floor = floor;
    return cache;
}

CacheMarks& MarkTable::make(std::string_view prefix, std::string_view name) {
    if (CacheMarks* cache = find(prefix, name)) return *cache;
    std::int64_t id = 0;
    {
        sqlite::Cursor row = add_cache_.rows(prefix, name);
        if (row.next()) id = row.number(0);
        row.next();
    }
    CacheMarks& cache = known_[id];
    cache = {.id = id};
    return cache;
}

void MarkTable::load(CacheMarks& cache, std::int64_t after) {
    sqlite::Cursor row = after_.rows(cache.id, after);
    while (row.next()) {
        const bool tag = static_cast<CacheMark::Kind>(row.small(0)) == CacheMark::Kind::tag;
        (tag ? cache.tags : cache.patterns)[row.text(1)] = row.number(2);
    }
}

std::int64_t MarkTable::add(CacheMarks& cache, CacheMark::Kind kind, const std::string& text) {
    ++cache.number;
    if (kind == CacheMark::Kind::all) {
        forget_up_to(cache, cache.number);
    } else {
        (kind == CacheMark::Kind::tag ? cache.tags : cache.patterns)[text] = cache.number;
        put_.run(cache.id, static_cast<int>(kind), text, cache.number);
        forget_older_half(cache);
    }
    save_.run(cache.id, cache.number, cache.floor);
    return cache.number;
}

// Only when there are too many, of both or of patterns.
void MarkTable::forget_older_half(CacheMarks& cache) {
    std::vector<std::int64_t> numbers;
    if (cache.patterns.size() > contract::cache_patterns_max)
        append(numbers, cache.patterns);
    else if (cache.tags.size() + cache.patterns.size() > contract::cache_marks_max)
        (append(numbers, cache.tags), append(numbers, cache.patterns));
    else
        return;
    const auto middle = numbers.begin() + std::ssize(numbers) / 2;
    std::nth_element(numbers.begin(), middle, numbers.end());
    forget_up_to(cache, *middle);
}

void MarkTable::forget_up_to(CacheMarks& cache, std::int64_t number) {
    const auto is_old = [&](const auto& mark) { return mark.second <= number; };
    std::erase_if(cache.tags, is_old);
    std::erase_if(cache.patterns, is_old);
    erase_.run(cache.id, number);
    cache.floor = number;
}

}  // namespace toril::sqlite_side

#include "backend/sqlite/side/operations.hpp"

#include <algorithm>
#include <utility>

namespace toril::sqlite_side {
namespace {

using namespace contract;

// What an entry costs besides its bytes: rows in two trees.
constexpr std::int64_t entry_bytes = 128;

std::int64_t ms_of(Session& session, Timestamp now) {
    session.cache_ms =
        now == Timestamp{} ? session.clock.wall_us() / 1000 : now.time_since_epoch().count();
    return session.cache_ms;
}

// Nobody has to load it.
bool is_fresh_enough(const CacheFound& found, const CacheGetParams& params) {
    return found.entry && found.entry->fresh_for > Millis{0} &&
           found.entry->fresh_for >= params.ahead;
}

void tell(Session& session, const std::string& cache, const std::string& key) {
    session.news.add(
        {.kind = NewsKind::changed, .prefix = session.prefix, .cache = cache, .text = key});
}

CacheGeneration generation_of(Session& session, const CacheMarks* marks) {
    return {.incarnation = session.side.incarnation(),
            .number = marks ? static_cast<std::uint64_t>(marks->number) : 0};
}

CacheEntry entry_of(EntryTable::Row row, const std::string& incarnation, std::int64_t now) {
    return {.value = std::move(row.value),
            .negative = row.negative,
            .tags = std::move(row.tags),
            .fresh_for = Millis{row.fresh_ms - now},
            .kept_for = Millis{row.kept_ms - now},
            .load_time = Millis{row.load_ms},
            .generation = {incarnation, static_cast<std::uint64_t>(row.number)}};
}

std::optional<EntryTable::Row> find_valid(Session& session,
                                          const CacheMarks& marks,
                                          const std::string& key,
                                          std::int64_t now_ms) {
    auto row = session.caches.entries.find({marks.id, key});
    if (!row || row->kept_ms <= now_ms || !marks.allow(key, row->tags, row->number))
        return std::nullopt;
    return row;
}

// What there is of a key, and who loads it.
CacheFound find(Session& session,
                const CacheMarks& marks,
                const std::string& key,
                const CacheGetParams& params,
                const std::string& incarnation) {
    const std::int64_t now_ms = ms_of(session, params.now);
    CacheFound found;
    if (auto row = find_valid(session, marks, key, now_ms))
        found.entry = entry_of(std::move(*row), incarnation, now_ms);
    if (is_fresh_enough(found, params)) return found;
    const auto lease = session.caches.leases.find({marks.id, key}, now_ms);
    if (!lease) return found;
    found.leased = params.lease > Millis{0} && lease->token == params.token;
    if (!found.leased) found.lease_left = Millis{lease->ends_ms - now_ms};
    return found;
}

bool is_to_be_lent(const CacheFound& found, const CacheGetParams& params) {
    return params.lease > Millis{0} && !is_fresh_enough(found, params) && !found.leased &&
           found.lease_left == Millis{0};
}

// Valid, and not gone.
bool is_there(Session& session, const CacheMarks& marks, const std::string& key, std::int64_t now) {
    const auto row = session.caches.entries.look_at({marks.id, key});
    return row && row->kept_ms > now && marks.allow(key, row->tags, row->number);
}

template <class Change>
std::size_t change_each(Session& session, const CacheKeys& keys, const Change& change) {
    const CacheMarks& marks = session.caches.marks.make(session.prefix, keys.cache);
    const std::int64_t now_ms = ms_of(session, keys.now);
    std::size_t there = 0;
    for (const std::string& key : keys.keys) {
        there += is_there(session, marks, key, now_ms) ? 1 : 0;
        change(EntryRef{marks.id, key}, now_ms);
        session.caches.leases.erase({marks.id, key});
        // Told even if it was not there: others may have it in memory.
        tell(session, keys.cache, key);
    }
    return there;
}

NewsKind news_of(CacheMark::Kind kind) {
    switch (kind) {
        case CacheMark::Kind::tag: return NewsKind::tag;
        case CacheMark::Kind::pattern: return NewsKind::pattern;
        default: return NewsKind::all;
    }
}

}  // namespace

std::optional<CacheAnswer> look_up(Session& session, const CacheGetParams& params) {
    const CacheMarks* marks = session.caches.marks.find(session.prefix, params.cache);
    CacheAnswer answer{.generation = generation_of(session, marks)};
    const CacheMarks none;
    for (const std::string& key : params.keys) {
        CacheFound found = marks ? find(session, *marks, key, params, answer.generation.incarnation)
                                 : CacheFound{};
        if (is_to_be_lent(found, params)) return std::nullopt;
        answer.found.push_back(std::move(found));
    }
    return answer;
}

CacheAnswer get(Session& session, const CacheGetParams& params) {
    const CacheMarks& marks = session.caches.marks.make(session.prefix, params.cache);
    const std::int64_t now_ms = ms_of(session, params.now);
    CacheAnswer answer{.generation = generation_of(session, &marks)};
    for (const std::string& key : params.keys) {
        CacheFound found = find(session, marks, key, params, answer.generation.incarnation);
        if (is_to_be_lent(found, params)) {
            session.caches.leases.put(
                {marks.id, key}, params.token, now_ms, now_ms + params.lease.count());
            found.leased = true;
        }
        answer.found.push_back(std::move(found));
    }
    return answer;
}

bool set(Session& session, const CacheSetParams& params) {
    const CacheMarks& marks = session.caches.marks.make(session.prefix, params.cache);
    const EntryRef at{marks.id, params.key};
    const CacheEntry& entry = params.entry;
    const std::int64_t now_ms = ms_of(session, params.now);
    std::int64_t number = marks.number;
    if (!params.token.empty()) {
        const auto lease = session.caches.leases.find(at, now_ms);
        if (!lease || lease->token != params.token) return false;
        number = static_cast<std::int64_t>(entry.generation.number);
    }
    session.caches.leases.erase(at);
    // Told if it is refused, too: who waits for the load may do it now.
    tell(session, params.cache, params.key);
    if (!params.token.empty() && (entry.generation.incarnation != session.side.incarnation() ||
                                  !marks.allow(params.key, entry.tags, number)))
        return false;
    session.caches.entries.put(
        at,
        {.fresh_ms = now_ms + entry.fresh_for.count(),
         .kept_ms = now_ms + std::max(entry.kept_for, entry.fresh_for).count(),
         .load_ms = entry.load_time.count(),
         .number = number,
         .negative = entry.negative,
         .tags = entry.tags,
         .value = entry.value});
    session.stored_bytes +=
        static_cast<std::int64_t>(entry.value.size() + 2 * params.key.size()) + entry_bytes;
    return true;
}

void give_back(Session& session,
               const std::string& cache,
               const std::string& key,
               const std::string& token) {
    const CacheMarks* marks = session.caches.marks.find(session.prefix, cache);
    if (marks == nullptr) return;
    if (session.caches.leases.erase_own({marks->id, key}, token)) tell(session, cache, key);
}

std::size_t remove(Session& session, const CacheKeys& keys) {
    return change_each(
        session, keys, [&](EntryRef entry, std::int64_t) { session.caches.entries.erase(entry); });
}

std::size_t expire(Session& session, const CacheKeys& keys) {
    return change_each(session, keys, [&](EntryRef entry, std::int64_t now_ms) {
        session.caches.entries.expire(entry, now_ms);
    });
}

CacheGeneration invalidate(Session& session, const CacheInvalidateParams& params) {
    CacheMarks& marks = session.caches.marks.make(session.prefix, params.cache);
    for (const CacheMark& mark : params.marks) {
        const std::int64_t number = session.caches.marks.add(marks, mark.kind, mark.text);
        session.news.add({.kind = news_of(mark.kind),
                          .prefix = session.prefix,
                          .cache = params.cache,
                          .text = mark.text,
                          .number = number});
    }
    return generation_of(session, &marks);
}

void tally(Session& session,
           const std::string& cache,
           const std::map<std::string, std::uint64_t>& counts) {
    const std::int64_t id = session.caches.marks.make(session.prefix, cache).id;
    for (const auto& [name, count] : counts)
        session.caches.tallies.add(id, name, count);
}

CacheTotals totals(Session& session, const std::string& cache) {
    const CacheMarks* marks = session.caches.marks.find(session.prefix, cache);
    if (marks == nullptr) return {};
    // A store that was not asked for anything has no time of its own yet.
    const std::int64_t now_ms = session.cache_ms != 0 ? session.cache_ms : ms_of(session, {});
    return session.caches.tallies.totals(marks->id, now_ms);
}

}  // namespace toril::sqlite_side

#pragma once

// What a backend must do for caches: keep entries that other processes see, lend the right to load
// one, and tell of changes. The tier in memory, single flight and policies are src/cache.
//
// The rules at the top of job_store.hpp hold here too. In addition:
//  - Invalidations are counted. Each tag or pattern that is invalidated gets the next number of its
//    cache; an entry carries the number that was current when its load began. It is valid while
//    none of its tags, and no pattern that its key matches, has a higher number. So what was
//    loaded before an invalidation and stored after it is never served, and an invalidation costs
//    the same whatever it hits.
//  - At most `cache_marks_max` tags and patterns are remembered. Beyond that the older half is
//    forgotten and every entry as old as them counts as invalid: never the other way round. The
//    same if the marks are lost: then the incarnation is another one.
//  - A store never answers an invalid entry.

#include "contract/job_store.hpp"

#include <toril/result.hpp>
#include <toril/time.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace toril::contract {

inline constexpr std::size_t cache_marks_max = 4096;
/// Of these, patterns: each is compared with each key that is read after it.
inline constexpr std::size_t cache_patterns_max = 256;
/// Largest value. Larger ones are refused: `limit_reached`.
inline constexpr std::size_t cache_value_bytes_max = 16u * 1024 * 1024;

using SteadyTime = std::chrono::steady_clock::time_point;

/// The number of an invalidation, in one life of a cache's marks.
struct CacheGeneration {
    std::string incarnation{};  // 16 hex digits; another one: all marks were lost
    std::uint64_t number = 0;

    friend bool operator==(const CacheGeneration&, const CacheGeneration&) = default;
};

struct CacheEntry {
    std::string value{};
    bool negative = false;  // there is nothing, and that is known
    std::vector<std::string> tags{};
    Millis fresh_for{0};  // from now on, by the store's clock; not more than 0: stale
    Millis kept_for{0};   // from now on; at least fresh_for; then it is gone
    Millis load_time{0};  // what it took to load
    CacheGeneration generation{};

    friend bool operator==(const CacheEntry&, const CacheEntry&) = default;
};

struct CacheGetParams {
    std::string cache{};
    std::vector<std::string> keys{};
    /// More than 0: a key without a fresh entry is lent to `token` for so long, unless it is lent.
    Millis lease{0};
    std::string token{};  // of this call; unique
    /// More than 0: a key whose entry is fresh for less than this is lent too: it is to be loaded
    /// anew ahead of its end. The entry is answered as well.
    Millis ahead{0};
    Millis timeout{0};  // longest wait for the answer
    Timestamp now{};
};

struct CacheFound {
    std::optional<CacheEntry> entry{};  // fresh or stale, and valid
    bool leased = false;                // the caller is to load it
    Millis lease_left{0};     // not leased: another loads it, until then at most; 0: nobody does
    bool unreadable = false;  // there was one that this version cannot read
};

struct CacheAnswer {
    std::vector<CacheFound> found{};  // one a key, in order
    CacheGeneration generation{};     // current when it was read: what a load from now on carries
};

struct CacheSetParams {
    std::string cache{};
    std::string key{};
    /// Without a token: its generation is ignored, it gets the current one.
    CacheEntry entry{};
    /// Not empty: only while the key is lent to it, and at the generation that the entry has.
    std::string token{};
    Millis timeout{0};
    Timestamp now{};
};

struct CacheKeys {
    std::string cache{};
    std::vector<std::string> keys{};
    Millis timeout{0};
    Timestamp now{};
};

struct CacheMark {
    enum class Kind : unsigned char { tag, pattern, all };
    Kind kind = Kind::tag;
    std::string text{};  // a tag, or a pattern as base/glob.hpp reads it
    std::uint64_t number = 0;

    friend bool operator==(const CacheMark&, const CacheMark&) = default;
};

struct CacheInvalidateParams {
    std::string cache{};
    std::vector<CacheMark> marks{};  // their numbers are ignored
    Millis timeout{0};
};

/// What all processes counted of one cache, and what the store has of it. Invalidated entries are
/// there until somebody reads them or their time ends.
struct CacheTotals {
    std::map<std::string, std::uint64_t> counts{};  // by name
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;  // of keys and entries
};

/// Hears what others do to one cache. Called on a thread of the store; must be quick.
class CacheListener {
public:
    virtual ~CacheListener() = default;

    /// Set, filled, expired, removed or lost, by anybody; perhaps by this process too.
    virtual void changed(std::string_view key) = 0;
    /// In the order of their numbers.
    virtual void invalidated(const CacheMark& mark, const CacheGeneration& now) = 0;
    /// Something may have happened unseen: what is in memory is worth nothing any more.
    virtual void lost() = 0;
    /// All that happened before this time has been told.
    virtual void heard(SteadyTime until) = 0;
};

class CacheStore {
public:
    virtual ~CacheStore() = default;

    virtual void get(CacheGetParams params, Done<CacheAnswer> done) = 0;
    /// Answers whether it was stored: with a token it is not when the lease is gone or there was
    /// a removal or invalidation meanwhile. Ends the lease, and a lease of another too.
    virtual void set(CacheSetParams params, Done<bool> stored) = 0;
    /// Gives a lease back, for the next one who asks.
    virtual void give_back(std::string cache, std::string key, std::string token) = 0;
    /// Gone, stale ones too; loads that are under way will not be stored. Answers how many were.
    virtual void remove(CacheKeys keys, Done<std::size_t> removed) = 0;
    /// Stale from now on; loads that are under way will not be stored. Answers how many were.
    virtual void expire(CacheKeys keys, Done<std::size_t> expired) = 0;
    /// Gives each mark the next number. Answers the generation after it.
    virtual void invalidate(CacheInvalidateParams params, Done<CacheGeneration> done) = 0;

    /// Adds to what all processes counted.
    virtual void tally(std::string cache,
                       std::map<std::string, std::uint64_t> counts,
                       Millis timeout,
                       DoneStatus done) = 0;
    /// Goes through the entries on Redis: it is for people, not for each request.
    virtual void totals(std::string cache, Millis timeout, Done<CacheTotals> done) = 0;

    /// Tells `listener` for as long as it lives. Until its first `heard` nothing was promised.
    virtual void listen(std::string cache, std::weak_ptr<CacheListener> listener) = 0;

    /// Ends feeds and answers what waits. Idempotent.
    virtual void close(Millis deadline) = 0;
};

}  // namespace toril::contract

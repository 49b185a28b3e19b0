#pragma once

// Which tags and patterns were invalidated, and when: what was asked for before that is worth
// nothing any more. No I/O, no clock.
//
// "When" is a number of this process: each mark gets the next one as it becomes known here. A
// request notes the latest number when it is sent. Marks with a lower or the same number were
// known to the store when it answered (it knows at least what it told us), so its answer takes
// them into account; marks with a higher one may have come before or after the answer, and so
// count against it. That is never wrong in the dangerous direction, whatever the order in which
// answers and news arrive, and costs a second look into the store in a rare case.
//
// The store's own numbers only tell whether a mark is known already: one's own comes as an answer
// and again as news. Another incarnation means that the store has lost its marks: all that is
// here is then as if it were hit.

#include "base/mutex.hpp"
#include "cache/block.hpp"
#include "contract/cache_store.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace toril::cache {

/// Threads: any.
class Marks {
public:
    std::uint64_t latest() const noexcept { return latest_.load(std::memory_order_acquire); }

    /// Of a block that is kept: one comparison as long as nothing was invalidated.
    bool is_valid(std::string_view key, const CacheValue::Block& block) const {
        return block.valid_at.load(std::memory_order_relaxed) == latest() || look(key, block);
    }

    /// A mark of the store with its number, or one that only this process knows of, with 0.
    /// False: it is known already.
    bool add(const contract::CacheMark& mark, const contract::CacheGeneration& now);
    /// The store answered at this generation.
    void meet(const contract::CacheGeneration& now);
    /// All that was asked for before is worth nothing. The same cost whatever there is.
    void forget_all();

private:
    struct Mark {
        std::uint64_t at = 0;      // ours
        std::uint64_t number = 0;  // the store's; 0: it has none
    };
    struct Pattern {
        std::string text{};
        Mark mark{};
    };

    bool look(std::string_view key, const CacheValue::Block& block) const;
    bool is_hit(std::string_view key, const CacheValue::Block& block) const TORIL_REQUIRES(mutex_);
    bool is_known(const contract::CacheMark& mark) const TORIL_REQUIRES(mutex_);
    void put(const contract::CacheMark& mark) TORIL_REQUIRES(mutex_);
    void put_pattern(const contract::CacheMark& mark, Mark at) TORIL_REQUIRES(mutex_);
    void adopt(const std::string& incarnation) TORIL_REQUIRES(mutex_);
    void void_all() TORIL_REQUIRES(mutex_);
    void forget_older_tags() TORIL_REQUIRES(mutex_);
    void forget_older_patterns() TORIL_REQUIRES(mutex_);

    // Published with release after the mark stands in the tables.
    std::atomic<std::uint64_t> latest_{1};
    mutable base::Mutex mutex_{};
    std::uint64_t floor_ TORIL_GUARDED_BY(mutex_) = 0;       // what was asked for before it is hit
    std::uint64_t all_number_ TORIL_GUARDED_BY(mutex_) = 0;  // of the latest `all`
    std::string incarnation_ TORIL_GUARDED_BY(mutex_){};
    std::unordered_map<std::string, Mark> tags_ TORIL_GUARDED_BY(mutex_){};
    std::vector<Pattern> patterns_ TORIL_GUARDED_BY(mutex_){};  // the latest last
};

}  // namespace toril::cache

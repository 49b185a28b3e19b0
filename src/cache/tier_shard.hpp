#pragma once

// A part of the tier in memory: keys whose hashes begin alike.
//
// A read finds the slot in the table, shares the block under the entry's own lock, and leaves a
// note for the policy; it takes the mutex only when the notes are full, and then only if it is
// free. Whoever changes something has the mutex.
//
// Bytes: an entry weighs what it costs by itself. What the tables of the shard cost beside is
// reserved, and the policy gets the rest, so the sum is never above the bound. The tables of an
// empty shard, some kilobytes, are not counted: a small cache can have them too.

#include "base/mutex.hpp"
#include "cache/memory_tier.hpp"
#include "cache/policy.hpp"
#include "cache/tier_entries.hpp"
#include "cache/tier_reads.hpp"
#include "cache/tier_table.hpp"
#include "cache/tier_wheel.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace toril::cache {

/// A key and its hash.
struct TierKey {
    std::uint64_t hash = 0;
    std::string_view text{};
};

class TierShard {
public:
    TierShard(std::uint64_t bytes_max, std::uint64_t item_bytes_max, std::uint64_t seed);

    BlockPtr find(const TierKey& key, std::int64_t now_ms);
    bool put(const TierKey& key, BlockPtr block, std::int64_t now_ms) TORIL_EXCLUDES(mutex_);
    bool replace(const TierKey& key, const BlockPtr& old, BlockPtr block, std::int64_t now_ms)
        TORIL_EXCLUDES(mutex_);
    bool remove(const TierKey& key) TORIL_EXCLUDES(mutex_);
    void clear() TORIL_EXCLUDES(mutex_);

    TierStats stats() TORIL_EXCLUDES(mutex_);
    std::map<double, double> what_if() TORIL_EXCLUDES(mutex_);

private:
    // What left the cache. Freed when the mutex is free again.
    using Removed = std::vector<BlockPtr>;

    Slot search(const TierKey& key, BlockPtr& block) TORIL_EXCLUDES(mutex_);
    void tell_policy() TORIL_REQUIRES(mutex_);
    void drop_ended(std::int64_t now_ms, Removed& removed) TORIL_REQUIRES(mutex_);
    Slot slot_of(const TierKey& key) const TORIL_REQUIRES(mutex_);
    bool put_locked(const TierKey& key, BlockPtr block, Removed& removed) TORIL_REQUIRES(mutex_);
    Slot add(const TierKey& key, BlockPtr block, Removed& removed) TORIL_REQUIRES(mutex_);
    void change(Slot slot, const TierKey& key, BlockPtr block, Removed& removed)
        TORIL_REQUIRES(mutex_);
    void take_out(Slot slot, Removed& removed) TORIL_REQUIRES(mutex_);
    void take_out_victims(Slot not_yet_in, Removed& removed) TORIL_REQUIRES(mutex_);
    void keep_bound(Removed& removed) TORIL_REQUIRES(mutex_);
    std::uint64_t table_bytes() const TORIL_REQUIRES(mutex_);

    const std::uint64_t bytes_max_;
    const std::uint64_t item_bytes_max_;

    // Read by any thread at any time; changed with the mutex held.
    TierTable table_;
    TierEntries entries_;
    TierReads reads_{};

    base::Mutex mutex_{};
    Policy policy_ TORIL_GUARDED_BY(mutex_);
    TierWheel wheel_ TORIL_GUARDED_BY(mutex_){};
    std::vector<Slot> victims_ TORIL_GUARDED_BY(mutex_){};
    const std::uint64_t empty_bytes_;                      // of the tables above
    std::uint64_t reserved_ TORIL_GUARDED_BY(mutex_) = 0;  // of the bound, for the tables
    TierStats counts_ TORIL_GUARDED_BY(mutex_){};
};

}  // namespace toril::cache

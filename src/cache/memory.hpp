#pragma once

// What this process has of one cache, and what it heard of others: the blocks, the marks that
// void them, the loads that are under way.

#include "cache/clock.hpp"
#include "cache/counters.hpp"
#include "cache/flights.hpp"
#include "cache/key_guards.hpp"
#include "cache/marks.hpp"
#include "cache/memory_tier.hpp"
#include "contract/cache_store.hpp"

#include <atomic>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string_view>

namespace toril::cache {

struct MemoryOptions {
    std::uint64_t bytes_max = 0;  // 0: nothing is kept
    std::int64_t staleness_bound = 0;
    bool is_alone = true;  // there are no others to hear of
    Clock clock{};
};

/// Threads: any.
class Memory final : public contract::CacheListener {
public:
    explicit Memory(const MemoryOptions& options);

    /// Null: not there, hit by a mark, or no longer kept. It may be stale.
    BlockPtr find(std::string_view key, std::int64_t now) const {
        if (!tier_) return nullptr;
        BlockPtr block = tier_->find(key, now);
        if (block && !marks.is_valid(key, *block)) {
            tier_->remove(key);
            block.reset();
        }
        return block;
    }
    /// Whether all that others did up to the staleness bound ago is known.
    bool is_current(std::int64_t now) const noexcept {
        return options_.is_alone ||
               now - heard_until_.load(std::memory_order_relaxed) <= options_.staleness_bound;
    }

    // For the functions that the guards run: under the lock of the key.
    void keep(std::string_view key, BlockPtr block, std::int64_t now);
    bool drop(std::string_view key);

    /// The time up to which all news were heard; `never` before the first.
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min() / 2;
    std::int64_t heard_until() const noexcept { return heard_until_.load(); }
    TierStats tier_stats() const;
    std::map<double, double> what_if() const;

    void changed(std::string_view key) override;
    void invalidated(const contract::CacheMark& mark,
                     const contract::CacheGeneration& now) override;
    void lost() override;
    void heard(contract::SteadyTime until) override;

private:
    const MemoryOptions options_;
    const std::unique_ptr<MemoryTier> tier_;  // null: nothing is kept
    // Relaxed where it is read: a hit that reads the old value is as old as that.
    std::atomic<std::int64_t> heard_until_{never};

public:
    Marks marks{};
    KeyGuards guards{};
    Flights flights{};
    Counters counters{};
};

}  // namespace toril::cache

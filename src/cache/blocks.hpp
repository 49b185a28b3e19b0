#pragma once

// How blocks come to be: of what a program gives, of what the store answers, of one another.

#include "cache/memory_tier.hpp"
#include "cache/terms.hpp"
#include "contract/cache_store.hpp"

#include <cstdint>
#include <string>

namespace toril::cache {

/// A value as it came from a program, to be kept from `now` on. `chance` is 0 to 1 and shortens
/// the ttl by that part of the jitter.
struct NewBlock {
    std::string bytes{};
    bool negative = false;
    std::int64_t now = 0;
    std::int64_t load_ms = 0;
    std::uint64_t generation = 0;
    double chance = 0;
};
BlockPtr make_block(NewBlock value, const Terms& terms, const CacheOptions& options);

/// An answer to what was asked for at `now`, when `since` was the latest mark.
BlockPtr block_of(contract::CacheEntry entry,
                  std::int64_t now,
                  std::uint64_t since,
                  const CacheOptions& options);
/// What the store is to keep.
contract::CacheEntry entry_of(const CacheValue::Block& block, std::int64_t now);

/// The same value, stale from `now` on.
BlockPtr expired(const CacheValue::Block& block, std::int64_t now);

}  // namespace toril::cache

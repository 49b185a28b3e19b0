#include "cache/blocks.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace toril::cache {
namespace {

// The last part of what is left of a ttl.
std::int64_t ahead_of(std::int64_t left, const CacheOptions& options) {
    return static_cast<std::int64_t>(static_cast<double>(left) * options.refresh_ahead);
}

}  // namespace

BlockPtr make_block(NewBlock value, const Terms& terms, const CacheOptions& options) {
    const std::int64_t full = value.negative ? terms.negative_ttl : terms.ttl;
    const double part = 1 - options.ttl_jitter * value.chance;
    const std::int64_t ttl =
        std::max<std::int64_t>(1, static_cast<std::int64_t>(static_cast<double>(full) * part));
    auto block = std::make_shared<CacheValue::Block>();
    block->bytes = std::move(value.bytes);
    block->negative = value.negative;
    block->tags = terms.tags;
    block->fresh_until = value.now + ttl;
    block->refresh_at = block->fresh_until - ahead_of(ttl, options);
    // That there is nothing is not worth being told when it may have changed.
    block->kept_until = block->fresh_until + (value.negative ? 0 : terms.stale_for);
    block->load_ms = value.load_ms;
    block->generation = value.generation;
    block->valid_at.store(value.generation, std::memory_order_relaxed);
    return block;
}

BlockPtr expired(const CacheValue::Block& old, std::int64_t now) {
    auto block = std::make_shared<CacheValue::Block>();
    block->bytes = old.bytes;
    block->negative = old.negative;
    block->tags = old.tags;
    const std::int64_t end = std::min(old.fresh_until, now);
    block->refresh_at = end;
    block->fresh_until = end;
    block->kept_until = end + (old.kept_until - old.fresh_until);
    block->load_ms = old.load_ms;
    block->generation = old.generation;
    block->valid_at.store(old.generation, std::memory_order_relaxed);
    return block;
}

BlockPtr block_of(contract::CacheEntry entry,
                  std::int64_t now,
                  std::uint64_t since,
                  const CacheOptions& options) {
    auto block = std::make_shared<CacheValue::Block>();
    block->bytes = std::move(entry.value);
    block->negative = entry.negative;
    block->tags = std::move(entry.tags);
    // From when it was asked for: the store answered later, so it is not fresh for longer.
    block->fresh_until = now + entry.fresh_for.count();
    block->kept_until = std::max(block->fresh_until, now + entry.kept_for.count());
    block->refresh_at =
        block->fresh_until - ahead_of(std::max<std::int64_t>(0, entry.fresh_for.count()), options);
    block->load_ms = entry.load_time.count();
    block->generation = since;
    block->valid_at.store(since, std::memory_order_relaxed);
    return block;
}

contract::CacheEntry entry_of(const CacheValue::Block& block, std::int64_t now) {
    contract::CacheEntry entry;
    entry.value = block.bytes;
    entry.negative = block.negative;
    entry.tags = block.tags;
    entry.fresh_for = Millis{block.fresh_until - now};
    entry.kept_for = Millis{block.kept_until - now};
    entry.load_time = Millis{block.load_ms};
    return entry;
}

}  // namespace toril::cache

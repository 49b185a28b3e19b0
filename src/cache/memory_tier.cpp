#include "cache/memory_tier.hpp"

#include "cache/tier_hash.hpp"
#include "cache/tier_shard.hpp"

#include <algorithm>
#include <bit>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace toril::cache {

namespace {

// A shard knows only its own part of the keys, so it must be large enough to hold a fair sample of
// them; and an entry of the largest size must fit in with others.
constexpr std::uint64_t shard_bytes_min = 16u * 1024 * 1024;
constexpr unsigned shards_per_processor = 4;
constexpr unsigned shards_max = 64;
constexpr std::uint64_t item_bytes_max = 1u << 30;

unsigned shard_count(std::uint64_t bytes_max) {
    const unsigned wanted =
        shards_per_processor * std::max(std::thread::hardware_concurrency(), 1u);
    const std::uint64_t possible = std::max<std::uint64_t>(bytes_max / shard_bytes_min, 1);
    return static_cast<unsigned>(
        std::bit_floor(std::min<std::uint64_t>(possible, std::min(wanted, shards_max))));
}

std::uint64_t seed_of(const TierOptions& options) {
    std::random_device device;
    return options.seed != 0 ? options.seed : (std::uint64_t{device()} << 32 | device()) | 1;
}

}  // namespace

class MemoryTier::Impl {
public:
    Impl(std::uint64_t bytes_max, std::uint64_t seed) : hash_(seed) {
        const unsigned count = shard_count(bytes_max);
        const std::uint64_t shard_bytes = bytes_max / count;
        const std::uint64_t item = std::min({bytes_max / 8, shard_bytes / 2, item_bytes_max});
        for (unsigned i = 0; i < count; ++i)
            shards_.push_back(std::make_unique<TierShard>(shard_bytes, item, seed + i));
    }

    TierKey key(std::string_view text) const { return {.hash = hash_(text), .text = text}; }

    // Tables use the lowest bits, so shards take bits from the middle.
    TierShard& shard(const TierKey& key) {
        return *shards_[key.hash >> shard_shift & (shards_.size() - 1)];
    }
    const std::vector<std::unique_ptr<TierShard>>& shards() const { return shards_; }

private:
    static constexpr unsigned shard_shift = 26;

    const KeyHash hash_;
    std::vector<std::unique_ptr<TierShard>> shards_{};  // a power of two
};

MemoryTier::MemoryTier(const TierOptions& options)
    : impl_(std::make_unique<Impl>(options.bytes_max, seed_of(options))) {}

MemoryTier::~MemoryTier() = default;

BlockPtr MemoryTier::find(std::string_view key, std::int64_t now_ms) const {
    const TierKey hashed = impl_->key(key);
    return impl_->shard(hashed).find(hashed, now_ms);
}

bool MemoryTier::put(std::string_view key, BlockPtr block, std::int64_t now_ms) {
    const TierKey hashed = impl_->key(key);
    return impl_->shard(hashed).put(hashed, std::move(block), now_ms);
}

bool MemoryTier::replace(std::string_view key,
                         const BlockPtr& old,
                         BlockPtr block,
                         std::int64_t now_ms) {
    const TierKey hashed = impl_->key(key);
    return impl_->shard(hashed).replace(hashed, old, std::move(block), now_ms);
}

bool MemoryTier::remove(std::string_view key) {
    const TierKey hashed = impl_->key(key);
    return impl_->shard(hashed).remove(hashed);
}

void MemoryTier::clear() {
    for (const auto& shard : impl_->shards())
        shard->clear();
}

TierStats MemoryTier::stats() const {
    TierStats sum;
    for (const auto& shard : impl_->shards()) {
        const TierStats stats = shard->stats();
        sum.entries += stats.entries;
        sum.bytes += stats.bytes;
        sum.evictions_size += stats.evictions_size;
        sum.evictions_age += stats.evictions_age;
        sum.rejected += stats.rejected;
    }
    return sum;
}

std::map<double, double> MemoryTier::what_if() const {
    std::map<double, double> sums;
    std::map<double, int> counts;
    for (const auto& shard : impl_->shards())
        for (const auto& [scale, rate] : shard->what_if()) {
            sums[scale] += rate;
            ++counts[scale];
        }
    for (auto& [scale, sum] : sums)
        sum /= counts[scale];
    return sums;
}

}  // namespace toril::cache

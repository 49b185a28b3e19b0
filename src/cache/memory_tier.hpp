#pragma once

// The tier in memory: a bounded map from keys to blocks that keeps what is read again.
//
// Threads: any. `find` takes no lock that is held across anything but a few instructions.

#include "cache/block.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>

namespace toril::cache {

using BlockPtr = std::shared_ptr<const CacheValue::Block>;

struct TierOptions {
    std::uint64_t bytes_max = 64u * 1024 * 1024;
    std::uint64_t seed = 0;  // of hashes and samples; 0: at random
};

struct TierStats {
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;  // keys, values, tags and all that it costs to keep them
    std::uint64_t evictions_size = 0;
    std::uint64_t evictions_age = 0;
    std::uint64_t rejected = 0;
};

class MemoryTier {
public:
    explicit MemoryTier(const TierOptions& options);
    ~MemoryTier();
    MemoryTier(const MemoryTier&) = delete;
    MemoryTier& operator=(const MemoryTier&) = delete;

    /// Null: not there, or no longer kept. Counts as a read.
    BlockPtr find(std::string_view key, std::int64_t now_ms) const;
    /// Replaces what is there. False: not admitted, and what was there is gone.
    bool put(std::string_view key, BlockPtr block, std::int64_t now_ms);
    /// Puts `block` only in the place of `old`. False: something else is there, or nothing.
    bool replace(std::string_view key, const BlockPtr& old, BlockPtr block, std::int64_t now_ms);
    bool remove(std::string_view key);
    void clear();

    TierStats stats() const;
    /// Hit rate by size, as a multiple of this one, as far as it was learned.
    std::map<double, double> what_if() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace toril::cache

#pragma once

// Where the entries of a shard are. An entry's memory stays where it is until the shard ends, and
// is used again for others: so a reader that comes too late finds another key, never a hole.
//
// An entry is read and written with its own lock, which is held for some nanoseconds: to compare
// the key and to share the block. Writers hold the shard's mutex as well.

#include "cache/memory_tier.hpp"
#include "cache/policy_window.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace toril::cache {

class SpinLock {
public:
    void lock() {
        while (taken_.exchange(true, std::memory_order_acquire)) {
            int spins = 0;
            while (taken_.load(std::memory_order_relaxed))
                // Whoever has it does not get on while we spin on his processor.
                if (++spins > 100) std::this_thread::yield();
        }
    }
    void unlock() { taken_.store(false, std::memory_order_release); }

private:
    std::atomic<bool> taken_{false};
};

class alignas(64) TierEntry {
public:
    static constexpr std::size_t key_max = 0xffff;

    /// The block, if this is the entry of that key.
    bool read(std::string_view key, BlockPtr& block) {
        lock_.lock();
        const bool same = block_ != nullptr && is(key);
        if (same) block = block_;
        lock_.unlock();
        return same;
    }

    // With the shard's mutex held:
    void fill(std::string_view key, BlockPtr block);
    /// Answers what was there.
    BlockPtr replace(BlockPtr block);
    BlockPtr empty();
    bool is(std::string_view key) const { return key == std::string_view(key_data(), key_size_); }
    const BlockPtr& block() const { return block_; }

    /// All that an entry costs beside its places in the tables of the shard.
    static std::size_t bytes(std::string_view key, const CacheValue::Block& block);

    TierEntry() = default;
    ~TierEntry() { set_key({}); }
    TierEntry(const TierEntry&) = delete;
    TierEntry& operator=(const TierEntry&) = delete;

private:
    static constexpr std::size_t near_max = 44;

    const char* key_data() const {
        if (key_size_ <= near_max) return key_.data();
        const char* far = nullptr;
        std::memcpy(&far, key_.data(), sizeof far);
        return far;
    }
    void set_key(std::string_view key);

    // One cache line: a hit reads no other of the tier's own but a word of the table.
    SpinLock lock_{};
    std::uint16_t key_size_ = 0;
    std::array<char, near_max> key_{};  // or the address of a longer one
    BlockPtr block_{};
};
static_assert(sizeof(TierEntry) == 64);

class TierEntries {
public:
    /// At most so many at a time.
    explicit TierEntries(std::size_t count_max);

    TierEntry& operator[](Slot slot) const {
        // Acquire: the chunk was made before its address was written.
        const std::size_t chunk = slot >> chunk_bits_;
        return chunks_[chunk].load(std::memory_order_acquire)[slot - (chunk << chunk_bits_)];
    }
    /// Makes place for `slot`. With the shard's mutex held.
    void reach(Slot slot);
    std::size_t bytes() const;

private:
    const unsigned chunk_bits_;  // so large that there are not many, and not one for all
    std::vector<std::atomic<TierEntry*>> chunks_;
    std::vector<std::unique_ptr<TierEntry[]>> made_{};
};

}  // namespace toril::cache

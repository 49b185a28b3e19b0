#pragma once

// Remembers which entries were read until somebody has time to tell the policy.
//
// Reads must not wait for each other, so a note may be lost: when two threads write at the same
// place, and when the notes are full and nobody takes them. What is read often is noted often.
// While nothing comes into the cache the policy has nothing to decide; so with thousands of reads
// for each put only a part of them is noted, like a sample.

#include "cache/policy.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace toril::cache {

class TierReads {
public:
    TierReads();

    /// True: these notes are full; it is time to tell the policy.
    bool note(Slot slot) {
        Notes& notes = all_[stripe()];
        const std::uint32_t reads = notes.reads.load(std::memory_order_relaxed);
        notes.reads.store(reads + 1, std::memory_order_relaxed);
        if ((reads & skip_mask_.load(std::memory_order_relaxed)) != 0) return false;
        const std::uint32_t count = notes.count.load(std::memory_order_relaxed);
        if (count < notes_max) {
            notes.slots[count].store(slot, std::memory_order_relaxed);
            notes.count.store(count + 1, std::memory_order_relaxed);
        }
        return count + 1 >= notes_max;
    }

    // One thread at a time:
    void tell(Policy& policy);
    /// Something came into the cache.
    void on_put();

    std::size_t bytes() const { return all_.size() * sizeof(Notes); }

private:
    static constexpr std::uint32_t notes_max = 126;  // with the counts: eight cache lines

    struct alignas(64) Notes {
        std::atomic<std::uint32_t> reads{0};
        std::atomic<std::uint32_t> count{0};
        std::array<std::atomic<std::uint32_t>, notes_max> slots{};
    };

    std::size_t stripe() const;
    void set_skip_mask(std::uint32_t mask);

    std::vector<Notes> all_;  // a power of two
    std::atomic<std::uint32_t> skip_mask_{
        0};                   // a read is noted where these bits of its number are 0
    std::uint32_t told_ = 0;  // since the last put, and half of those before it
};

}  // namespace toril::cache

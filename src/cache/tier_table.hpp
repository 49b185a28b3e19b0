#pragma once

// From hashes to slots. Any thread may search while one, the holder of the shard's mutex, changes
// it. A search that finds nothing while something was moved must be repeated with the mutex held.
//
// A place is a word: in its lower half the slot, and above it as many bits of the hash as it
// leaves; in its upper half a hint of where the value is, so that the processor fetches it while
// the entry is looked at: both are far away in a large cache. 0 is free. Linear probing, at most
// half full, so that the first place is mostly the right one. Removing moves what is behind up:
// there are no tombstones.

#include "cache/policy_window.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace toril::cache {

class TierTable {
public:
    /// Slots are at most this.
    explicit TierTable(Slot slot_max);

    /// The first slot with these bits of the hash for which `is_it(slot)` holds.
    template <class IsIt>
    Slot find(std::uint64_t hash, const IsIt& is_it) const {
        const Places& places = *places_.load(std::memory_order_acquire);
        const std::uint32_t tag = tag_of(hash);
        for (std::size_t i = hash & places.mask;; i = (i + 1) & places.mask) {
            // Acquire: the slot was filled before its word was written.
            const std::uint64_t word = places.words[i].load(std::memory_order_acquire);
            if (word == 0) return no_slot;
            const Slot slot = slot_of(word);
            if (tag + slot != static_cast<std::uint32_t>(word)) continue;
            prefetch(word);
            if (is_it(slot)) return slot;
        }
    }
    /// Another number than before the search, or an odd one: something was moved meanwhile.
    std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

    // With the mutex held:
    template <class HashOf>
    void add(std::uint64_t hash, Slot slot, const void* value, const HashOf& hash_of) {
        if (2 * (used_ + 1) > newest().mask + 1) grow(hash_of);
        insert(newest(), hash, word_of(hash, slot, value));
        ++used_;
    }
    /// The value of the slot is elsewhere now.
    void move_value(std::uint64_t hash, Slot slot, const void* value) {
        newest().words[find_place(hash, slot)].store(word_of(hash, slot, value),
                                                     std::memory_order_release);
    }
    template <class HashOf>
    void remove(std::uint64_t hash, Slot slot, const HashOf& hash_of) {
        begin_move();
        close_gap(find_place(hash, slot), hash_of);
        end_move();
        --used_;
    }
    void clear();
    std::size_t bytes() const;

private:
    struct Places {
        explicit Places(std::size_t size) : mask(size - 1), words(size) {}
        const std::size_t mask;
        std::vector<std::atomic<std::uint64_t>> words;
    };

    // Shards have bits of the middle, places the lowest.
    std::uint32_t tag_of(std::uint64_t hash) const {
        return static_cast<std::uint32_t>(hash >> 32) & ~slot_mask_;
    }
    Slot slot_of(std::uint64_t word) const { return static_cast<Slot>(word) & slot_mask_; }
    std::uint64_t word_of(std::uint64_t hash, Slot slot, const void* value);
    // A wrong address does no harm.
    void prefetch(std::uint64_t word) const {
        const std::uint64_t near = word >> 32 << hint_shift;
        const std::uint64_t far = region_.load(std::memory_order_relaxed);
        __builtin_prefetch(reinterpret_cast<const void*>(far + near), 1);
    }
    Places& newest() { return *all_.back(); }
    void begin_move() { version_.fetch_add(1, std::memory_order_acq_rel); }
    void end_move() { version_.fetch_add(1, std::memory_order_release); }
    static void insert(Places& places, std::uint64_t hash, std::uint64_t word);
    std::size_t find_place(std::uint64_t hash, Slot slot);

    template <class HashOf>
    void close_gap(std::size_t gap, const HashOf& hash_of) {
        Places& places = newest();
        for (std::size_t i = (gap + 1) & places.mask;; i = (i + 1) & places.mask) {
            const std::uint64_t word = places.words[i].load(std::memory_order_relaxed);
            if (word == 0) break;
            const std::size_t home = hash_of(slot_of(word)) & places.mask;
            if (((i - home) & places.mask) < ((i - gap) & places.mask)) continue;
            places.words[gap].store(word, std::memory_order_release);
            gap = i;
        }
        places.words[gap].store(0, std::memory_order_release);
    }
    template <class HashOf>
    void grow(const HashOf& hash_of) {
        Places& old = newest();
        auto grown = std::make_unique<Places>(2 * (old.mask + 1));
        for (const std::atomic<std::uint64_t>& place : old.words)
            if (const std::uint64_t word = place.load(std::memory_order_relaxed))
                insert(*grown, hash_of(slot_of(word)), word);
        all_.push_back(std::move(grown));
        begin_move();
        places_.store(all_.back().get(), std::memory_order_release);
        end_move();
    }

    // Values are aligned to sixteen bytes, and mostly in one region of 2^36.
    static constexpr unsigned hint_shift = 4;
    static constexpr unsigned region_shift = 36;

    const Slot slot_mask_;
    std::atomic<std::uint64_t> region_{0};  // where the latest value was
    // Old ones stay, as someone may be searching there; together they are as large as the newest.
    std::vector<std::unique_ptr<Places>> all_{};
    std::atomic<const Places*> places_{nullptr};
    std::atomic<std::uint64_t> version_{0};
    std::size_t used_ = 0;
};

}  // namespace toril::cache

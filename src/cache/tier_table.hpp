#pragma once

// From hashes to slots. Any thread may search while one, the holder of the shard's mutex, changes
// it. A search that finds nothing while something was moved must be repeated with the mutex held.
//
// A place is a word: 32 bits of the hash, then the slot; 0 is free. Linear probing, at most four
// fifths full. Removing moves what is behind up, so there are no tombstones to clean.

#include "cache/policy_window.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace toril::cache {

class TierTable {
public:
    TierTable();

    /// The first slot with these bits of the hash for which `is_it(slot)` holds.
    template <class IsIt>
    Slot find(std::uint64_t hash, const IsIt& is_it) const {
        const Places& places = *places_.load(std::memory_order_acquire);
        for (std::size_t i = hash & places.mask;; i = (i + 1) & places.mask) {
            // Acquire: the slot was filled before its word was written.
            const std::uint64_t word = places.words[i].load(std::memory_order_acquire);
            if (word == 0) return no_slot;
            if (word >> 32 == hash >> 32 && is_it(static_cast<Slot>(word)))
                return static_cast<Slot>(word);
        }
    }
    /// Another number than before the search, or an odd one: something was moved meanwhile.
    std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

    // With the mutex held:
    template <class HashOf>
    void add(std::uint64_t hash, Slot slot, const HashOf& hash_of) {
        if (5 * (used_ + 1) > 4 * (newest().mask + 1)) grow(hash_of);
        insert(newest(), hash, slot);
        ++used_;
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

    Places& newest() { return *all_.back(); }
    void begin_move() { version_.fetch_add(1, std::memory_order_acq_rel); }
    void end_move() { version_.fetch_add(1, std::memory_order_release); }
    static void insert(Places& places, std::uint64_t hash, Slot slot);
    std::size_t find_place(std::uint64_t hash, Slot slot);

    template <class HashOf>
    void close_gap(std::size_t gap, const HashOf& hash_of) {
        Places& places = newest();
        for (std::size_t i = (gap + 1) & places.mask;; i = (i + 1) & places.mask) {
            const std::uint64_t word = places.words[i].load(std::memory_order_relaxed);
            if (word == 0) break;
            const std::size_t home = hash_of(static_cast<Slot>(word)) & places.mask;
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
        for (const std::atomic<std::uint64_t>& word : old.words)
            if (const auto slot = static_cast<Slot>(word.load(std::memory_order_relaxed)))
                insert(*grown, hash_of(slot), slot);
        all_.push_back(std::move(grown));
        begin_move();
        places_.store(all_.back().get(), std::memory_order_release);
        end_move();
    }

    // Old ones stay, as someone may be searching there; together they are as large as the newest.
    std::vector<std::unique_ptr<Places>> all_{};
    std::atomic<const Places*> places_{nullptr};
    std::atomic<std::uint64_t> version_{0};
    std::size_t used_ = 0;
};

}  // namespace toril::cache

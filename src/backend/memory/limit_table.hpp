#pragma once

// States of rate limits by hash of the key: open addressing, no allocation but when it grows.

#include "base/key_hash.hpp"
#include "base/rate_limit.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace toril::memory {

/// Threads: one at a time.
class LimitTable {
public:
    struct Slot {
        base::KeyHash key{};  // low 0: free
        base::RateState state{};
        base::Micros ends_at{0};  // the state means nothing from then on
    };

    /// That of the key, made if there is none. Valid until the next call.
    Slot& slot_of(const base::KeyHash& key, base::Micros now) {
        Slot* slot = probe(key);
        if (slot->key.low != 0) return *slot;
        if (used_ * 4 >= slots_.size() * 3) {
            rebuild(now);
            slot = probe(key);
        }
        ++used_;
        slot->key = key;
        return *slot;
    }
    /// Null: nothing is known of it.
    Slot* find(const base::KeyHash& key) {
        Slot* slot = probe(key);
        return slot->key.low != 0 ? slot : nullptr;
    }

    std::size_t size() const { return used_; }

private:
    static constexpr std::size_t slots_min = 16;

    Slot* probe(const base::KeyHash& key) {
        const std::size_t mask = slots_.size() - 1;
        std::size_t at = key.low & mask;
        while (slots_[at].key.low != 0 && slots_[at].key != key)
            at = (at + 1) & mask;
        return &slots_[at];
    }

    // What no longer counts goes; what is left fills at most three eighths. So each slot is moved
    // once for every three eighths of the table that are filled: a few times in its life.
    void rebuild(base::Micros now) {
        std::vector<Slot> old = std::exchange(slots_, {});
        std::erase_if(old, [&](const Slot& s) { return s.key.low == 0 || s.ends_at <= now; });
        std::size_t size = slots_min;
        while (size * 3 < old.size() * 8)
            size *= 2;
        slots_.resize(size);
        for (const Slot& slot : old)
            *probe(slot.key) = slot;
        used_ = old.size();
    }

    std::vector<Slot> slots_ = std::vector<Slot>(slots_min);
    std::size_t used_ = 0;
};

}  // namespace toril::memory

#pragma once

// A cache of keys without values: what would have been a hit with another size or window?
//
// It sees only every 2^n-th key and has as much less room, which tells nearly the same as the
// whole would (miniature simulation).

#include "cache/policy_sketch.hpp"
#include "cache/policy_window.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace toril::cache {

/// Finds slots of a WindowLfu by their hashes.
class SlotIndex {
public:
    Slot find(const WindowLfu& entries, std::uint64_t hash) const;
    void add(const WindowLfu& entries, Slot slot);
    void remove(const WindowLfu& entries, Slot slot);

    std::size_t bytes() const { return places_.capacity() * sizeof(Slot); }

private:
    std::size_t home(std::uint64_t hash) const;
    void grow(const WindowLfu& entries);

    std::vector<Slot> places_{};  // a power of two; linear probing
    std::size_t used_ = 0;
};

class Shadow {
public:
    Shadow(std::uint64_t capacity, double window_share, std::uint64_t seed);

    /// Asks for a key, and takes it in if it is not there. Answers whether it was.
    bool access(std::uint64_t hash, std::uint32_t weight, const FrequencySketch& sketch);
    void remove(std::uint64_t hash);
    /// Keeps the keys for which `is_sampled` holds.
    template <class Sampled>
    void keep(const Sampled& is_sampled) {
        for (Slot slot = 1; slot < entries_.slots_end(); ++slot)
            if (entries_.is_used(slot) && !is_sampled(entries_.hash(slot)))
                remove(entries_.hash(slot));
    }
    void set_window(double share) { entries_.set_window(share); }
    void set_capacity(std::uint64_t capacity);

    std::size_t size() const { return entries_.size(); }
    bool is_full() const { return full_; }
    std::size_t bytes() const { return entries_.bytes() + index_.bytes(); }

private:
    void drop_victims();

    WindowLfu entries_;
    SlotIndex index_{};
    std::vector<Slot> victims_{};
    bool full_ = false;
};

}  // namespace toril::cache

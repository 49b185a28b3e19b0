#pragma once

// W-TinyLFU over slots: what comes in goes through a window in order of use; what leaves the
// window gets into the main part only if it is asked for more often than what it would push out.
// The main part is a segmented LRU: `probation`, and `protected_` for what was asked for again.
//
// No concurrency, no clock, no I/O. Weights are any unit, as long as it is one.

#include "cache/policy_sketch.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace toril::cache {

/// Number of an entry, from 1 up; small, as they are used again.
using Slot = std::uint32_t;
inline constexpr Slot no_slot = 0;

class WindowLfu {
public:
    WindowLfu(std::uint64_t capacity, double window_share, std::uint64_t seed);

    /// Moves the entry to where an entry is that was just asked for.
    void touch(Slot slot);
    /// Takes a new entry in. What has to leave for it is appended to `victims`, its own slot
    /// among them if it is not admitted. Their slots are free, and with the next `insert` used
    /// again; until then `hash` and `weight` of them still answer.
    Slot insert(std::uint64_t hash,
                std::uint32_t weight,
                const FrequencySketch& sketch,
                std::vector<Slot>& victims);
    /// The entry has another weight now. Victims as above.
    void resize(Slot slot,
                std::uint32_t weight,
                const FrequencySketch& sketch,
                std::vector<Slot>& victims);
    void remove(Slot slot);
    void clear();

    void set_window(double share);
    void set_capacity(std::uint64_t capacity, std::vector<Slot>& victims);

    bool is_used(Slot slot) const { return slot < nodes_.size() && nodes_[slot].part != free_; }
    std::uint64_t hash(Slot slot) const { return nodes_[slot].hash; }
    std::uint32_t weight(Slot slot) const { return nodes_[slot].weight; }
    std::uint64_t capacity() const { return capacity_; }
    std::uint64_t weight() const;
    std::size_t size() const { return size_; }
    /// Slots are less than this.
    Slot slots_end() const { return static_cast<Slot>(nodes_.size()); }
    std::size_t bytes() const { return nodes_.capacity() * sizeof(Node); }

private:
    enum Part : std::uint8_t { window_, probation_, protected_, free_ };

    struct Node {
        std::uint64_t hash = 0;
        Slot before = no_slot;  // towards the end that was used last
        Slot after = no_slot;
        std::uint32_t weight = 0;
        Part part = free_;
    };
    struct List {
        Slot first = no_slot;  // used last
        Slot last = no_slot;
        std::uint64_t weight = 0;
    };

    void push_first(Part part, Slot slot);
    void push_last(Part part, Slot slot);
    void unlink(Slot slot);
    void release(Slot slot);
    std::uint64_t main_weight() const {
        return lists_[probation_].weight + lists_[protected_].weight;
    }
    std::uint64_t main_max() const { return capacity_ - window_max_; }
    void demote();
    void drain_window(const FrequencySketch& sketch, std::vector<Slot>& victims);
    void shrink_main(std::vector<Slot>& victims);
    bool is_better(Slot candidate, const FrequencySketch& sketch);
    Slot next_victim(Slot victim) const;
    std::uint32_t random();

    std::uint64_t capacity_;
    std::uint64_t window_max_ = 0;
    std::uint64_t random_;
    std::size_t size_ = 0;
    Slot free_first_ = no_slot;
    std::array<List, 3> lists_{};
    std::vector<Node> nodes_{};
};

}  // namespace toril::cache

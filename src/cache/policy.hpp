#pragma once

// What a cache in memory keeps: W-TinyLFU whose window finds its size by itself. No concurrency,
// no clock, no I/O.
//
// For a cache (the slots are its places for entries; what it does not hear of, it does not know):
//
//     Policy policy({.capacity = bytes});
//     policy.on_hit(slot);                                 a read found the entry
//     Slot slot = policy.admit(hash, weight, victims);     a new entry; drop all `victims`, which
//                                                          may have the new one among them
//     policy.resize(slot, weight, victims);                the same entry has another weight
//     policy.remove(slot);                                 it is gone: removed, expired
//
// For a simulation of hit rates (see bench/hit_ratio):
//
//     PolicyCache cache({.capacity = 512});                512 entries of weight 1
//     bool hit = cache.access(key_hash, 1);
//
// docs/internals/cache.md tells where it comes from.

#include "cache/policy_shadow.hpp"
#include "cache/policy_sketch.hpp"
#include "cache/policy_tuner.hpp"
#include "cache/policy_window.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace toril::cache {

struct PolicyOptions {
    std::uint64_t capacity = 1;    // in the unit of weights
    std::size_t sample_max = 256;  // entries of a shadow; 0: the window stays
    double window = 0.01;          // share of the window, to begin with
    std::uint64_t seed = 1;        // of what is decided by chance
};

class Policy {
public:
    explicit Policy(const PolicyOptions& options);

    void on_hit(Slot slot);
    /// Weights above a quarter of 2^32 are not for it.
    Slot admit(std::uint64_t hash, std::uint32_t weight, std::vector<Slot>& victims);
    void resize(Slot slot, std::uint32_t weight, std::vector<Slot>& victims);
    void remove(Slot slot);
    void clear();

    const WindowLfu& entries() const { return entries_; }
    double window() const { return tuner_.window(); }
    std::map<double, double> what_if() const { return tuner_.what_if(); }
    /// What it needs itself. It grows with the number of entries.
    std::size_t bytes() const { return entries_.bytes() + sketch_.bytes() + tuner_.bytes(); }
    /// Makes room for less or more.
    void set_capacity(std::uint64_t capacity, std::vector<Slot>& victims);

private:
    void tune(std::uint64_t hash, std::uint32_t weight, bool missed);

    FrequencySketch sketch_{};
    WindowLfu entries_;
    WindowTuner tuner_;
};

/// A cache of keys only.
class PolicyCache {
public:
    explicit PolicyCache(const PolicyOptions& options);

    /// Asks for a key, and takes it in if it is not there. Answers whether it was. The hash is
    /// mixed: numbers of a trace will do.
    bool access(std::uint64_t key_hash, std::uint32_t weight = 1);
    const Policy& policy() const { return policy_; }

private:
    Policy policy_;
    SlotIndex index_{};
    std::vector<Slot> victims_{};
};

}  // namespace toril::cache

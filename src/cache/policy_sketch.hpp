#pragma once

// How often a key was asked for lately, for millions of keys in 8 bytes an entry.
//
// A count-min sketch of 4-bit counters: a key has four of them, all in one block of 64 bytes, and
// its frequency is the least of the four. Every ten requests an entry all counters are halved, so
// that what was popular once does not stay so.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace toril::cache {

class FrequencySketch {
public:
    static constexpr unsigned frequency_max = 15;

    FrequencySketch();

    /// The number of entries in the cache: it grows with it, and keeps what it knows.
    void fit(std::size_t entries);
    void increment(std::uint64_t hash);
    unsigned frequency(std::uint64_t hash) const;

    std::size_t bytes() const { return words_.size() * sizeof(std::uint64_t); }

private:
    void halve();

    std::vector<std::uint64_t> words_{};  // blocks of eight
    std::uint64_t block_mask_ = 0;
    std::size_t entries_ = 0;
    std::size_t additions_ = 0;
};

}  // namespace toril::cache

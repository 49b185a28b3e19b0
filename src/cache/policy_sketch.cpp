#include "cache/policy_sketch.hpp"

#include <algorithm>

namespace toril::cache {

namespace {

constexpr std::size_t block_words = 8;
constexpr std::size_t block_entries = 8;  // 16 counters an entry
constexpr std::size_t sample_per_entry = 10;
constexpr std::size_t entries_min = 32;  // below, halving would come too soon to learn anything
constexpr unsigned rows = 4;

// Where the four counters of a key are. Each row has two words of the block, so that the four
// never meet.
struct Place {
    std::uint64_t mixed = 0;

    explicit Place(std::uint64_t hash) : mixed(hash * 0x9fb21c651e98df25u) { mixed ^= mixed >> 29; }
    std::size_t block(std::uint64_t mask) const {
        return static_cast<std::size_t>((mixed >> 24) & mask) * block_words;
    }
    std::size_t word(unsigned row) const { return row * 2 + ((mixed >> (row * 5)) & 1); }
    unsigned shift(unsigned row) const {
        return static_cast<unsigned>((mixed >> (row * 5 + 1)) & 15) * 4;
    }
};

}  // namespace

FrequencySketch::FrequencySketch() {
    fit(0);
}

void FrequencySketch::fit(std::size_t entries) {
    entries_ = std::max(entries, entries_min);
    while (words_.size() / block_words * block_entries < entries_) {
        // A block is chosen by the low bits of a number: with one bit more, what was in a block
        // is in it or in its copy.
        const std::size_t size = words_.size();
        words_.resize(std::max(size * 2, block_words));
        std::copy_n(words_.begin(), size, words_.begin() + static_cast<std::ptrdiff_t>(size));
        block_mask_ = words_.size() / block_words - 1;
    }
}

void FrequencySketch::increment(std::uint64_t hash) {
    const Place place(hash);
    std::uint64_t* const block = &words_[place.block(block_mask_)];
    bool added = false;
    for (unsigned row = 0; row < rows; ++row) {
        std::uint64_t& word = block[place.word(row)];
        const unsigned shift = place.shift(row);
        if (((word >> shift) & frequency_max) == frequency_max) continue;
        word += std::uint64_t{1} << shift;
        added = true;
    }
    if (added && ++additions_ >= entries_ * sample_per_entry) halve();
}

unsigned FrequencySketch::frequency(std::uint64_t hash) const {
    const Place place(hash);
    const std::uint64_t* const block = &words_[place.block(block_mask_)];
    std::uint64_t least = frequency_max;
    for (unsigned row = 0; row < rows; ++row)
        least = std::min(least, (block[place.word(row)] >> place.shift(row)) & frequency_max);
    return static_cast<unsigned>(least);
}

void FrequencySketch::halve() {
    for (std::uint64_t& word : words_)
        word = (word >> 1) & 0x7777777777777777u;
    additions_ /= 2;
}

}  // namespace toril::cache

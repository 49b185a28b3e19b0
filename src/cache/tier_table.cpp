#include "cache/tier_table.hpp"

namespace toril::cache {

namespace {

constexpr std::size_t places_min = 64;

}  // namespace

TierTable::TierTable() {
    all_.push_back(std::make_unique<Places>(places_min));
    places_.store(all_.back().get(), std::memory_order_release);
}

void TierTable::insert(Places& places, std::uint64_t hash, Slot slot) {
    std::size_t i = hash & places.mask;
    while (places.words[i].load(std::memory_order_relaxed) != 0)
        i = (i + 1) & places.mask;
    places.words[i].store((hash >> 32 << 32) | slot, std::memory_order_release);
}

std::size_t TierTable::find_place(std::uint64_t hash, Slot slot) {
    const Places& places = newest();
    const std::uint64_t wanted = (hash >> 32 << 32) | slot;
    std::size_t i = hash & places.mask;
    while (places.words[i].load(std::memory_order_relaxed) != wanted)
        i = (i + 1) & places.mask;
    return i;
}

void TierTable::clear() {
    begin_move();
    for (std::atomic<std::uint64_t>& word : newest().words)
        word.store(0, std::memory_order_release);
    end_move();
    used_ = 0;
}

std::size_t TierTable::bytes() const {
    std::size_t bytes = 0;
    for (const auto& places : all_)
        bytes += sizeof(Places) + places->words.size() * sizeof(std::uint64_t);
    return bytes;
}

}  // namespace toril::cache

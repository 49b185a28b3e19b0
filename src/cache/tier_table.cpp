#include "cache/tier_table.hpp"

#include <bit>

namespace toril::cache {

namespace {

constexpr std::size_t places_min = 64;

}  // namespace

TierTable::TierTable(Slot slot_max) : slot_mask_(std::bit_ceil(slot_max + 1) - 1) {
    all_.push_back(std::make_unique<Places>(places_min));
    places_.store(all_.back().get(), std::memory_order_release);
}

std::uint64_t TierTable::word_of(std::uint64_t hash, Slot slot, const void* value) {
    // The counts of a shared_ptr that was made with its object are before it.
    const std::uintptr_t address = reinterpret_cast<std::uintptr_t>(value) - 16;
    const std::uint64_t region = address >> region_shift << region_shift;
    if (region_.load(std::memory_order_relaxed) != region)
        region_.store(region, std::memory_order_relaxed);
    const auto hint = static_cast<std::uint32_t>(address >> hint_shift);
    return (std::uint64_t{hint} << 32) + tag_of(hash) + slot;
}

void TierTable::insert(Places& places, std::uint64_t hash, std::uint64_t word) {
    std::size_t i = hash & places.mask;
    while (places.words[i].load(std::memory_order_relaxed) != 0)
        i = (i + 1) & places.mask;
    places.words[i].store(word, std::memory_order_release);
}

std::size_t TierTable::find_place(std::uint64_t hash, Slot slot) {
    const Places& places = newest();
    std::size_t i = hash & places.mask;
    while (slot_of(places.words[i].load(std::memory_order_relaxed)) != slot)
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

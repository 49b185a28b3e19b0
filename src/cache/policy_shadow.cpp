#include "cache/policy_shadow.hpp"

#include <algorithm>

namespace toril::cache {

namespace {

constexpr std::size_t places_min = 16;

}  // namespace

std::size_t SlotIndex::home(std::uint64_t hash) const {
    // Sampled keys have some bits of their hash in common, so those that are left are spread.
    return static_cast<std::size_t>((hash * 0x9e3779b97f4a7c15u) >> 32) & (places_.size() - 1);
}

Slot SlotIndex::find(const WindowLfu& entries, std::uint64_t hash) const {
    if (places_.empty()) return no_slot;
    for (std::size_t i = home(hash); places_[i] != no_slot; i = (i + 1) & (places_.size() - 1))
        if (entries.hash(places_[i]) == hash) return places_[i];
    return no_slot;
}

void SlotIndex::add(const WindowLfu& entries, Slot slot) {
    if (2 * (used_ + 1) > places_.size()) grow(entries);
    std::size_t i = home(entries.hash(slot));
    while (places_[i] != no_slot)
        i = (i + 1) & (places_.size() - 1);
    places_[i] = slot;
    ++used_;
}

// Those behind it move up, so that no search ends too early.
void SlotIndex::remove(const WindowLfu& entries, Slot slot) {
    const std::size_t mask = places_.size() - 1;
    std::size_t hole = home(entries.hash(slot));
    while (places_[hole] != slot)
        hole = (hole + 1) & mask;
    for (std::size_t i = (hole + 1) & mask; places_[i] != no_slot; i = (i + 1) & mask) {
        const std::size_t wanted = home(entries.hash(places_[i]));
        if (((i - wanted) & mask) < ((i - hole) & mask)) continue;
        places_[hole] = places_[i];
        hole = i;
    }
    places_[hole] = no_slot;
    --used_;
}

void SlotIndex::grow(const WindowLfu& entries) {
    std::vector<Slot> old(std::max(places_.size() * 2, places_min));
    old.swap(places_);
    used_ = 0;
    for (const Slot slot : old)
        if (slot != no_slot) add(entries, slot);
}

Shadow::Shadow(std::uint64_t capacity, double window_share, std::uint64_t seed)
    : entries_(std::max<std::uint64_t>(capacity, 1), window_share, seed) {}

bool Shadow::access(std::uint64_t hash, std::uint32_t weight, const FrequencySketch& sketch) {
    const Slot found = index_.find(entries_, hash);
    if (found != no_slot) {
        entries_.touch(found);
        return true;
    }
    victims_.clear();
    const Slot slot = entries_.insert(hash, weight, sketch, victims_);
    index_.add(entries_, slot);
    full_ = full_ || !victims_.empty();
    drop_victims();
    return false;
}

void Shadow::remove(std::uint64_t hash) {
    const Slot slot = index_.find(entries_, hash);
    if (slot == no_slot) return;
    index_.remove(entries_, slot);
    entries_.remove(slot);
}

void Shadow::set_capacity(std::uint64_t capacity) {
    victims_.clear();
    entries_.set_capacity(capacity, victims_);
    drop_victims();
}

void Shadow::drop_victims() {
    for (const Slot victim : victims_)
        index_.remove(entries_, victim);
}

}  // namespace toril::cache

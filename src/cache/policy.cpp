#include "cache/policy.hpp"

namespace toril::cache {

Policy::Policy(const PolicyOptions& options)
    : entries_(options.capacity, options.window, options.seed),
      tuner_(options.capacity, options.window, options.sample_max, options.seed) {}

void Policy::on_hit(Slot slot) {
    if (!entries_.is_used(slot)) return;
    sketch_.increment(entries_.hash(slot));
    entries_.touch(slot);
    tune(entries_.hash(slot), entries_.weight(slot), false);
}

Slot Policy::admit(std::uint64_t hash, std::uint32_t weight, std::vector<Slot>& victims) {
    sketch_.fit(entries_.size() + 1);
    sketch_.increment(hash);
    const Slot slot = entries_.insert(hash, weight, sketch_, victims);
    tune(hash, weight, true);
    return slot;
}

void Policy::resize(Slot slot, std::uint32_t weight, std::vector<Slot>& victims) {
    entries_.resize(slot, weight, sketch_, victims);
}

void Policy::remove(Slot slot) {
    tuner_.forget(entries_.hash(slot));
    entries_.remove(slot);
}

void Policy::clear() {
    entries_.clear();
}

void Policy::set_capacity(std::uint64_t capacity, std::vector<Slot>& victims) {
    entries_.set_capacity(capacity, victims);
    tuner_.set_capacity(capacity);
}

void Policy::tune(std::uint64_t hash, std::uint32_t weight, bool missed) {
    if (tuner_.access(hash, weight, missed)) entries_.set_window(tuner_.window());
}

PolicyCache::PolicyCache(const PolicyOptions& options) : policy_(options) {}

bool PolicyCache::access(std::uint64_t key_hash, std::uint32_t weight) {
    std::uint64_t hash = key_hash + 0x9e3779b97f4a7c15u;
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
    hash ^= hash >> 31;
    const Slot found = index_.find(policy_.entries(), hash);
    if (found != no_slot) {
        policy_.on_hit(found);
        return true;
    }
    victims_.clear();
    index_.add(policy_.entries(), policy_.admit(hash, weight, victims_));
    for (const Slot victim : victims_)
        index_.remove(policy_.entries(), victim);
    return false;
}

}  // namespace toril::cache

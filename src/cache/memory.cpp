#include "cache/memory.hpp"

#include <utility>

namespace toril::cache {

Memory::Memory(const MemoryOptions& options)
    : options_(options),
      tier_(options.bytes_max == 0
                ? nullptr
                : std::make_unique<MemoryTier>(TierOptions{.bytes_max = options.bytes_max})) {}

void Memory::keep(std::string_view key, BlockPtr block, std::int64_t now) {
    if (tier_) tier_->put(key, std::move(block), now);
}

bool Memory::drop(std::string_view key) {
    return tier_ && tier_->remove(key);
}

TierStats Memory::tier_stats() const {
    return tier_ ? tier_->stats() : TierStats{};
}

std::map<double, double> Memory::what_if() const {
    return tier_ ? tier_->what_if() : std::map<double, double>{};
}

void Memory::changed(std::string_view key) {
    guards.change(key, [&] { drop(key); });
    flights.hear(key);
}

void Memory::invalidated(const contract::CacheMark& mark, const contract::CacheGeneration& now) {
    if (marks.add(mark, now)) counters.add(Count::invalidations);
}

void Memory::lost() {
    marks.forget_all();
    if (heard_until_.load() != never) counters.add(Count::feed_losses);
    // Who waits for the news of a key may have missed them.
    flights.hear_all();
}

void Memory::heard(contract::SteadyTime until) {
    const std::int64_t ms = Clock::of(until);
    std::int64_t known = heard_until_.load();
    // What was kept before the first news may have changed unseen.
    if (known == never) marks.forget_all();
    while (known < ms && !heard_until_.compare_exchange_weak(known, ms)) {
    }
}

}  // namespace toril::cache

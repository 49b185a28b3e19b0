#include "cache/tally.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace toril::cache {
namespace {

constexpr std::int64_t every_ms = 1'000;

struct Named {
    std::string_view name;
    std::uint64_t CacheStats::*member;
};
// In the order of Count. The names are kept by stores: they do not change.
constexpr std::array<Named, Counters::size> named{{
    {"hits_memory", &CacheStats::hits_memory},
    {"hits_store", &CacheStats::hits_store},
    {"hits_negative", &CacheStats::hits_negative},
    {"hits_stale", &CacheStats::hits_stale},
    {"misses", &CacheStats::misses},
    {"loads", &CacheStats::loads},
    {"load_failures", &CacheStats::load_failures},
    {"load_time_ms", &CacheStats::load_time_ms},
    {"coalesced", &CacheStats::coalesced},
    {"fills_refused", &CacheStats::fills_refused},
    {"sets", &CacheStats::sets},
    {"removals", &CacheStats::removals},
    {"invalidations", &CacheStats::invalidations},
    {"store_failures", &CacheStats::store_failures},
    {"unreadable", &CacheStats::unreadable},
    {"feed_losses", &CacheStats::feed_losses},
}};

}  // namespace

Tally::Counts Tally::take(const Counters& counters, std::int64_t now_ms, bool at_once) {
    if (!at_once && now_ms < next_ms_.load(std::memory_order_relaxed)) return {};
    base::MutexLock lock(mutex_);
    if (is_telling_) return {};
    next_ms_.store(now_ms + every_ms, std::memory_order_relaxed);
    const Counters::Sums now = counters.sums();
    Counts due;
    for (std::size_t i = 0; i < named.size(); ++i)
        if (now[i] > told_[i]) due[std::string(named[i].name)] = now[i] - told_[i];
    is_telling_ = !due.empty();
    telling_ = now;
    return due;
}

void Tally::told(bool stored) {
    base::MutexLock lock(mutex_);
    if (stored) told_ = telling_;
    is_telling_ = false;
}

CacheStats stats_of(const Tally::Counts& counts) {
    CacheStats stats;
    for (const Named& each : named)
        if (const auto found = counts.find(std::string(each.name)); found != counts.end())
            stats.*each.member = found->second;
    return stats;
}

}  // namespace toril::cache

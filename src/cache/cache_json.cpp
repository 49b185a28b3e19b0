#include "base/object_writer.hpp"

#include <toril/cache.hpp>
#include <toril/json.hpp>

#include <array>
#include <charconv>

namespace toril {
namespace {

std::string shortest(double value) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    return {digits.data(), end.ptr};
}

Json what_if_json(const std::map<double, double>& what_if) {
    base::ObjectWriter object;
    for (const auto& [size, hit_rate] : what_if)
        object.raw(shortest(size), shortest(hit_rate));
    return std::move(object).finish();
}

}  // namespace

Json to_json(const CacheStats& stats) {
    base::ObjectWriter object;
    object.string("name", stats.name);
    object.number("hits", stats.hits());
    object.number("misses", stats.misses);
    object.raw("hitRate", shortest(stats.hit_rate()));
    object.number("entries", stats.entries);
    object.number("bytes", stats.bytes);
    object.number("bytesMax", stats.bytes_max);
    object.number("hitsMemory", stats.hits_memory);
    object.number("hitsStore", stats.hits_store);
    object.number("hitsNegative", stats.hits_negative);
    object.number("hitsStale", stats.hits_stale);
    object.number("loads", stats.loads);
    object.number("loadFailures", stats.load_failures);
    object.number("loadTimeMs", stats.load_time_ms);
    object.number("coalesced", stats.coalesced);
    object.number("fillsRefused", stats.fills_refused);
    object.number("sets", stats.sets);
    object.number("removals", stats.removals);
    object.number("invalidations", stats.invalidations);
    object.number("evictionsSize", stats.evictions_size);
    object.number("evictionsAge", stats.evictions_age);
    object.number("rejected", stats.rejected);
    object.number("storeFailures", stats.store_failures);
    object.number("unreadable", stats.unreadable);
    object.number("feedLosses", stats.feed_losses);
    object.number("fallbackMs", stats.fallback_ms);
    object.number("heardAgeMs", stats.heard_age.count());
    object.number("stalenessBoundMs", stats.staleness_bound.count());
    object.boolean("isStoreAway", stats.is_store_away);
    object.raw("whatIf", what_if_json(stats.what_if).text());
    return std::move(object).finish();
}

}  // namespace toril

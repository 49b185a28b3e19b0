#include "cache/core.hpp"

#include "base/sync.hpp"
#include "cache/blocks.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace toril::cache {
namespace {

std::uint64_t seed_or_random(std::uint64_t seed) {
    if (seed != 0) return seed;
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32) | device();
}

// What begins anew with reset_stats.
constexpr std::uint64_t CacheStats::*counts_since_reset[]{
    &CacheStats::hits_memory,   &CacheStats::hits_store,     &CacheStats::hits_negative,
    &CacheStats::hits_stale,    &CacheStats::misses,         &CacheStats::loads,
    &CacheStats::load_failures, &CacheStats::load_time_ms,   &CacheStats::coalesced,
    &CacheStats::fills_refused, &CacheStats::sets,           &CacheStats::removals,
    &CacheStats::invalidations, &CacheStats::evictions_size, &CacheStats::evictions_age,
    &CacheStats::rejected,      &CacheStats::store_failures, &CacheStats::unreadable,
    &CacheStats::feed_losses,   &CacheStats::fallback_ms,
};

// It goes through all entries on Redis.
constexpr Millis totals_timeout{15'000};

Error refused(const Status& status) {
    return status.error();
}

}  // namespace

Core::Core(CacheOptions options, Ground ground)
    : options_(std::move(options)),
      ground_(std::move(ground)),
      memory_(std::make_shared<Memory>(
          MemoryOptions{.bytes_max = options_.memory_bytes_max,
                        .staleness_bound = options_.staleness_bound.count(),
                        .is_alone = ground_.store == nullptr,
                        .clock = ground_.clock})),
      link_({.cache = options_.name,
             .timeout = options_.store_timeout,
             .lease = options_.lease,
             .clock = ground_.clock,
             .log = ground_.log},
            ground_.store,
            ground_.board,
            [memory = memory_] { memory->marks.forget_all(); }),
      chances_(seed_or_random(ground_.seed)),
      pool_(options_.background_loads_max) {
    link_.listen(memory_);
}

Core::~Core() {
    tell_last_counts();
}

// splitmix64: a number of a sequence, well mixed.
double Core::chance() {
    std::uint64_t z = chances_.fetch_add(0x9E3779B97F4A7C15u, std::memory_order_relaxed);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1.0p-53;
}

BlockPtr Core::look(std::string_view key, std::int64_t now) const {
    if (!memory_->is_current(now) && !link_.is_away()) return nullptr;
    return memory_->find(key, now);
}

Core::Found Core::hit(BlockPtr block) {
    counters().add(Count::hits_memory);
    if (block->negative) counters().add(Count::hits_negative);
    return CacheValue(std::move(block), false);
}

Result<std::optional<CacheValue>> Core::get(std::string_view key) {
    if (Status bad = check_key(key); !bad) return refused(bad);
    const std::int64_t now = ground_.clock.now();
    BlockPtr block = look(key, now);
    if (block && now < block->fresh_until) return hit(std::move(block));
    return read_through(key, now);
}

Core::Sent Core::begin_read(std::string_view key, std::int64_t now) {
    return {key, now, memory_->marks.latest(), memory_->guards.begin_read(key)};
}

Core::Found Core::read_through(std::string_view key, std::int64_t now) {
    if (!link_.is_up()) return without_store(key, now);
    const Sent sent = begin_read(key, now);
    auto answer = link_.get({.keys = {std::string(key)}});
    if (!answer) return without_store(key, now);
    memory_->marks.meet(answer->found.generation);
    Found found = found_there(answer->found.found[0], sent);
    tell_counts();
    return found;
}

Core::Found Core::found_there(contract::CacheFound& found, const Sent& sent) {
    BlockPtr block = take_in(found, sent);
    if (!block || sent.now >= block->fresh_until) {
        counters().add(Count::misses);
        return std::nullopt;
    }
    counters().add(Count::hits_store);
    if (block->negative) counters().add(Count::hits_negative);
    return CacheValue(std::move(block), false);
}

// What memory has counts, however old the news are.
Core::Found Core::without_store(std::string_view key, std::int64_t now) {
    link_.count_fallback();
    BlockPtr block = memory_->find(key, now);
    if (block && now < block->fresh_until) return hit(std::move(block));
    counters().add(Count::misses);
    return std::nullopt;
}

// The answer as a block, kept in memory if it may be.
BlockPtr Core::take_in(contract::CacheFound& found, const Sent& sent) {
    if (found.unreadable) counters().add(Count::unreadable);
    if (!found.entry) return nullptr;
    BlockPtr block = block_of(std::move(*found.entry), sent.now, sent.since, options_);
    memory_->guards.end_read(sent.ticket, [&] { memory_->keep(sent.key, block, sent.now); });
    return block;
}

Result<std::vector<std::optional<CacheValue>>> Core::get_many(std::span<const std::string> keys) {
    for (const std::string& key : keys)
        if (Status bad = check_key(key); !bad) return refused(bad);
    const std::int64_t now = ground_.clock.now();
    std::vector<Found> found(keys.size());
    std::vector<std::size_t> lacking;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        BlockPtr block = look(keys[i], now);
        if (block && now < block->fresh_until)
            found[i] = hit(std::move(block));
        else
            lacking.push_back(i);
    }
    if (!lacking.empty()) find_lacking(keys, lacking, found);
    return found;
}

// In one round trip.
void Core::find_lacking(std::span<const std::string> keys,
                        const std::vector<std::size_t>& lacking,
                        std::vector<Found>& found) {
    const std::int64_t now = ground_.clock.now();
    Question question;
    std::vector<Sent> sent;
    for (std::size_t i : lacking) {
        question.keys.push_back(keys[i]);
        sent.push_back(begin_read(keys[i], now));
    }
    std::optional<StoreLink::Answer> answer;
    if (link_.is_up())
        if (auto got = link_.get(question)) answer = std::move(*got);
    if (answer) memory_->marks.meet(answer->found.generation);
    for (std::size_t n = 0; n < lacking.size(); ++n)
        found[lacking[n]] = answer ? found_there(answer->found.found[n], sent[n])
                                   : without_store(keys[lacking[n]], now);
}

Status Core::set(std::string_view key,
                 std::optional<std::string_view> value,
                 const CachePolicy& policy) {
    if (Status bad = check_key(key); !bad) return bad;
    if (Status bad = check_policy(policy); !bad) return bad;
    if (value && value->size() > contract::cache_value_bytes_max)
        return Error(ErrorCode::limit_reached,
                     "a value of " + std::to_string(value->size()) +
                         " bytes is too large for a cache; at most 16 MiB");
    counters().add(Count::sets);
    const std::int64_t now = ground_.clock.now();
    const Terms terms = terms_of(policy, options_);
    const bool negative = !value;
    const BlockPtr block = make_block({.bytes = std::string(value.value_or("")),
                                       .negative = negative,
                                       .now = now,
                                       .generation = memory_->marks.latest(),
                                       .chance = chance()},
                                      terms,
                                      options_);
    memory_->flights.detach(key);
    const KeyGuards::Ticket ticket = memory_->guards.begin_write(key);
    if (link_.exists()) {
        link_.count_fallback();
        link_.set({.key = std::string(key), .entry = entry_of(*block, now)});
    }
    memory_->guards.end_write(ticket, [&](bool alone) {
        alone ? memory_->keep(key, block, now) : void(memory_->drop(key));
    });
    tell_counts();
    return {};
}

Result<bool> Core::remove(std::string_view key) {
    if (Status bad = check_key(key); !bad) return refused(bad);
    counters().add(Count::removals);
    memory_->flights.detach(key);
    const KeyGuards::Ticket ticket = memory_->guards.begin_write(key);
    std::optional<std::size_t> removed;
    if (link_.exists()) {
        link_.count_fallback();
        removed = link_.remove(std::string(key));
    }
    bool was_there = removed && *removed > 0;
    memory_->guards.end_write(ticket, [&](bool) {
        const bool is_valid = memory_->find(key, ground_.clock.now()) != nullptr;
        was_there = (memory_->drop(key) && is_valid) || was_there;
    });
    return was_there;
}

Result<bool> Core::expire(std::string_view key) {
    if (Status bad = check_key(key); !bad) return refused(bad);
    memory_->flights.detach(key);
    const KeyGuards::Ticket ticket = memory_->guards.begin_write(key);
    std::optional<std::size_t> there;
    if (link_.exists()) {
        link_.count_fallback();
        there = link_.expire(std::string(key));
    }
    bool was_there = there && *there > 0;
    memory_->guards.end_write(ticket, [&](bool) {
        const std::int64_t now = ground_.clock.now();
        const BlockPtr block = memory_->find(key, now);
        if (!block) return;
        was_there = true;
        const BlockPtr stale = expired(*block, now);
        stale->kept_until > now ? memory_->keep(key, stale, now) : void(memory_->drop(key));
    });
    return was_there;
}

Status Core::invalidate(const contract::CacheMark& mark) {
    std::optional<contract::CacheGeneration> now;
    if (link_.exists()) {
        link_.count_fallback();
        now = link_.invalidate(mark);
    }
    // Only now: what was asked for before the store knew of it may be old.
    contract::CacheMark numbered = mark;
    numbered.number = now ? now->number : 0;
    const bool is_new = memory_->marks.add(numbered, now.value_or(contract::CacheGeneration{}));
    // Else it was heard of first, and counted then.
    if (is_new) counters().add(Count::invalidations);
    return {};
}

CacheStats Core::counted() const {
    const Counters::Sums sums = memory_->counters.sums();
    const auto of = [&](Count what) { return sums[static_cast<std::size_t>(what)]; };
    const TierStats tier = memory_->tier_stats();
    CacheStats stats;
    stats.hits_memory = of(Count::hits_memory);
    stats.hits_store = of(Count::hits_store);
    stats.hits_negative = of(Count::hits_negative);
    stats.hits_stale = of(Count::hits_stale);
    stats.misses = of(Count::misses);
    stats.loads = of(Count::loads);
    stats.load_failures = of(Count::load_failures);
    stats.load_time_ms = of(Count::load_time_ms);
    stats.coalesced = of(Count::coalesced);
    stats.fills_refused = of(Count::fills_refused);
    stats.sets = of(Count::sets);
    stats.removals = of(Count::removals);
    stats.invalidations = of(Count::invalidations);
    stats.evictions_size = tier.evictions_size;
    stats.evictions_age = tier.evictions_age;
    stats.rejected = tier.rejected;
    stats.store_failures = link_.failures();
    stats.unreadable = of(Count::unreadable);
    stats.feed_losses = of(Count::feed_losses);
    stats.fallback_ms = static_cast<std::uint64_t>(link_.away_time().count());
    stats.entries = tier.entries;
    stats.bytes = tier.bytes;
    return stats;
}

CacheStats Core::stats() const {
    CacheStats stats = counted();
    {
        base::MutexLock lock(mutex_);
        for (auto count : counts_since_reset)
            stats.*count -= baseline_.*count;
    }
    stats.name = options_.name;
    stats.bytes_max = options_.memory_bytes_max;
    stats.staleness_bound = options_.staleness_bound;
    stats.is_store_away = link_.is_away();
    const std::int64_t heard = memory_->heard_until();
    if (heard != Memory::never)
        stats.heard_age = Millis{std::max<std::int64_t>(0, ground_.clock.now() - heard)};
    stats.what_if = memory_->what_if();
    return stats;
}

Result<CacheStats> Core::totals() {
    if (!link_.exists()) return stats();
    tell_last_counts();
    const Result<contract::CacheTotals> totals = link_.totals(totals_timeout);
    if (!totals) return totals.error();
    CacheStats stats = stats_of(totals->counts);
    stats.name = options_.name;
    stats.entries = totals->entries;
    stats.bytes = totals->bytes;
    return stats;
}

void Core::tell_counts() {
    if (!link_.is_up()) return;
    Tally::Counts due = tally_->take(counters(), ground_.clock.now(), false);
    if (due.empty()) return;
    link_.tally(std::move(due), [tally = tally_](bool stored) { tally->told(stored); });
}

// Waits for the store, so that what is asked next, or the next process, finds them there.
void Core::tell_last_counts() {
    if (!link_.is_up()) return;
    Tally::Counts due = tally_->take(counters(), ground_.clock.now(), true);
    if (due.empty()) return;
    const Status stored = base::wait_for_answer<Status>(options_.store_timeout, [&](auto done) {
        link_.tally(std::move(due), [done = std::move(done), tally = tally_](bool is_stored) {
            tally->told(is_stored);
            done({});
        });
    });
    static_cast<void>(stored);  // best effort
}

void Core::reset_stats() {
    CacheStats now = counted();
    base::MutexLock lock(mutex_);
    baseline_ = std::move(now);
}

}  // namespace toril::cache

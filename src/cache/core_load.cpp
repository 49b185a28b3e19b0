// Loads: one at a time of a key, here by Flights, among processes by the lease of the store.

#include "cache/blocks.hpp"
#include "cache/core.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace toril::cache {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Loads with a time-out that wait for a thread. Their callers are not held up for longer.
constexpr std::size_t loads_waiting_max = 1'024;

// In a message: bounded.
std::string shown(std::string_view key) {
    return "\"" + std::string(key.substr(0, 100)) + "\"";
}

Result<Loaded> call(const CacheLoader& loader, std::string_view key) {
    try {
        return loader();
    } catch (const std::exception& thrown) {
        return Error(ErrorCode::failed, "the loader of " + shown(key) + " threw: " + thrown.what());
    } catch (...) {
        return Error(ErrorCode::failed, "the loader of " + shown(key) + " threw");
    }
}

// The last part of a ttl in which it is loaded ahead; not less than what the clock tells apart.
std::int64_t window_of(const BlockPtr& block) {
    constexpr std::int64_t grain = 10;
    return block ? block->fresh_until - block->refresh_at + grain : grain;
}

// For those who wait: look again, it says nothing about the key.
Landing nothing_came_of_it(std::string why) {
    Landing landing;
    landing.error = Error(ErrorCode::limit_reached, std::move(why));
    landing.shared = false;
    return landing;
}

}  // namespace

Result<CacheValue> Core::get_or_set(std::string_view key,
                                    const CacheLoader& loader,
                                    const CachePolicy& policy) {
    if (Status bad = check_key(key); !bad) return bad.error();
    if (Status bad = check_policy(policy); !bad) return bad.error();
    if (!loader) return Error(ErrorCode::invalid_argument, "get_or_set needs a loader");
    const std::int64_t now = ground_.clock.now();
    BlockPtr block = look(key, now);
    if (block && now < block->fresh_until) {
        if (now >= block->refresh_at) refresh(key, block, {loader, policy, true});
        return *hit(std::move(block));
    }
    return load(key, {loader, policy}, std::move(block));
}

Result<CacheValue> Core::load(std::string_view key, const Ask& ask, BlockPtr stale) {
    for (;;) {
        const std::int64_t now = ground_.clock.now();
        if (stale && now < stale->retry_at.load() && now < stale->kept_until)
            return serve_stale(std::move(stale));
        const std::uint64_t boarded_at = memory_->marks.latest();
        const Flights::Seat seat = memory_->flights.board(key, boarded_at);
        if (seat.flight->is_run_here())
            return Error(ErrorCode::wrong_state,
                         "the loader of " + shown(key) + " asks the cache for the same key");
        seat.flight->offer_stale(std::move(stale));
        if (seat.is_pilot)
            take_off(seat.flight, ask);
        else
            counters().add(Count::coalesced);
        if (auto answer = fly(seat, ask, boarded_at)) return std::move(*answer);
        stale = look(key, ground_.clock.now());
    }
}

void Core::take_off(const FlightPtr& flight, const Ask& ask) {
    if (!terms_of(ask.policy, options_).has_timeout()) return run(flight, ask);
    const bool is_posted = pool_.post(
        [this, flight, loader = ask.loader, policy = ask.policy] {
            run(flight, {loader, policy});
        },
        loads_waiting_max);
    if (is_posted) return;
    memory_->flights.end(flight);
    flight->land(nothing_came_of_it("too many loads wait for a thread of the cache"));
}

// Empty: it is to be tried once more.
std::optional<Result<CacheValue>> Core::fly(const Flights::Seat& seat,
                                            const Ask& ask,
                                            std::uint64_t boarded_at) {
    const Terms terms = terms_of(ask.policy, options_);
    const auto begin = SteadyClock::now();
    std::optional<Landing> landing;
    if (terms.soft_timeout > 0) {
        landing = seat.flight->wait(begin + Millis{terms.soft_timeout});
        if (!landing)
            if (BlockPtr stale = usable_stale(*seat.flight)) return serve_stale(std::move(stale));
    }
    if (!landing && terms.hard_timeout > 0) {
        landing = seat.flight->wait(begin + Millis{terms.hard_timeout});
        if (!landing) {
            if (BlockPtr stale = usable_stale(*seat.flight)) return serve_stale(std::move(stale));
            counters().add(Count::misses);
            return Result<CacheValue>(
                Error(ErrorCode::timed_out,
                      "the load of " + shown(seat.flight->key) + " takes longer than " +
                          std::to_string(terms.hard_timeout) + " ms; it goes on"));
        }
    }
    if (!landing) landing = seat.flight->wait(std::nullopt);
    if (!seat.is_pilot && !landing->shared) return std::nullopt;
    // What was loaded before a mark is not for those who came after it.
    if (!seat.is_pilot && landing->refused && boarded_at > landing->since) return std::nullopt;
    return arrive(seat, std::move(*landing));
}

Result<CacheValue> Core::arrive(const Flights::Seat& seat, Landing landing) {
    if (landing.block) {
        const bool is_loaded = landing.from == Landing::From::loader;
        const bool is_here = landing.from == Landing::From::memory;
        counters().add(is_loaded ? Count::misses
                       : is_here ? Count::hits_memory
                                 : Count::hits_store);
        if (!is_loaded && landing.block->negative) counters().add(Count::hits_negative);
        return CacheValue(std::move(landing.block), false);
    }
    if (BlockPtr stale = usable_stale(*seat.flight)) {
        stale->retry_at.store(ground_.clock.now() + options_.retry_after_failure.count());
        return serve_stale(std::move(stale));
    }
    counters().add(Count::misses);
    return *landing.error;
}

CacheValue Core::serve_stale(BlockPtr stale) {
    const bool is_stale = ground_.clock.now() >= stale->fresh_until;
    counters().add(is_stale ? Count::hits_stale : Count::hits_memory);
    return {std::move(stale), is_stale};
}

// After a removal there is none: it is gone with the value.
BlockPtr Core::usable_stale(const Flight& flight) const {
    BlockPtr stale = flight.stale();
    if (!stale || flight.is_detached() || ground_.clock.now() >= stale->kept_until) return nullptr;
    return memory_->marks.is_valid(flight.key, *stale) ? stale : nullptr;
}

void Core::refresh(std::string_view key, const BlockPtr& current, const Ask& ask) {
    if (ground_.clock.now() < current->retry_at.load()) return;
    const Flights::Seat seat = memory_->flights.board(key, memory_->marks.latest());
    if (!seat.is_pilot) return;
    const FlightPtr& flight = seat.flight;
    flight->offer_stale(current);
    const bool is_posted = pool_.post(
        [this, flight, current, loader = ask.loader, policy = ask.policy] {
            // Whatever comes of it: not at each hit.
            current->retry_at.store(ground_.clock.now() + options_.retry_after_failure.count());
            run(flight, {loader, policy, true});
        },
        0);
    if (is_posted) return;
    memory_->flights.end(flight);
    flight->land(nothing_came_of_it("all threads of the cache are busy"));
}

void Core::run(const FlightPtr& flight, const Ask& ask) {
    flight->run_here();
    Landing landing = attempt(*flight, ask);
    memory_->flights.end(flight);
    flight->land(std::move(landing));
}

Landing Core::attempt(Flight& flight, const Ask& ask) {
    const std::int64_t now = ground_.clock.now();
    Lease lease;
    lease.since = memory_->marks.latest();
    lease.news = flight.news();
    // It may have been loaded between our look and our boarding.
    BlockPtr block = look(flight.key, now);
    if (block && now < block->fresh_until && !ask.is_refresh)
        return {.block = std::move(block), .from = Landing::From::memory, .since = lease.since};
    flight.offer_stale(std::move(block));
    if (link_.is_up())
        if (std::optional<Landing> landing = ask_store(flight, ask, lease)) return *landing;
    return call_loader(flight, ask, lease);
}

// None: the caller is to load, with the lease or without one.
std::optional<Landing> Core::ask_store(Flight& flight, const Ask& ask, Lease& lease) {
    const Millis ahead{ask.is_refresh ? window_of(flight.stale()) : 0};
    for (;;) {
        lease.news = flight.news();
        const Sent sent = begin_read(flight.key, ground_.clock.now());
        lease.since = sent.since;
        auto answer = link_.get({.keys = {flight.key}, .lease_ahead = ahead});
        if (!answer) return fresh_here(flight, lease);
        memory_->marks.meet(answer->found.generation);
        contract::CacheFound& found = answer->found.found[0];
        BlockPtr block = take_in(found, sent);
        const bool is_fresh = block && sent.now < block->fresh_until;
        flight.offer_stale(block);
        if (found.leased) {
            lease.token = std::move(answer->token);
            lease.generation = std::move(answer->found.generation);
            return std::nullopt;
        }
        if (is_fresh)
            return Landing{.block = block,
                           .from = Landing::From::store,
                           .refused = !memory_->marks.is_valid(flight.key, *block),
                           .since = lease.since};
        if (ask.is_refresh) return nothing_came_of_it("another process loads it");
        if (found.lease_left <= Millis{0}) return std::nullopt;
        wait_for_others(flight, lease.news, found.lease_left);
        if (!link_.is_up()) return std::nullopt;
    }
}

// The store failed: what memory has counts, however old the news are.
std::optional<Landing> Core::fresh_here(Flight& flight, const Lease& lease) {
    const std::int64_t now = ground_.clock.now();
    BlockPtr block = memory_->find(flight.key, now);
    if (block && now < block->fresh_until)
        return Landing{
            .block = std::move(block), .from = Landing::From::memory, .since = lease.since};
    flight.offer_stale(std::move(block));
    return std::nullopt;
}

// Until there are news of the key or the lease ends. News can be lost, so none are waited for
// longer than anything is believed without them: then the store is asked again.
void Core::wait_for_others(Flight& flight, std::uint64_t news, Millis lease_left) const {
    const Millis longest = std::min(lease_left + Millis{1}, options_.staleness_bound);
    flight.wait_for_news(news, SteadyClock::now() + longest);
}

Landing Core::call_loader(Flight& flight, const Ask& ask, const Lease& lease) {
    const auto begin = SteadyClock::now();
    Result<Loaded> loaded = call(ask.loader, flight.key);
    const auto took = std::chrono::duration_cast<Millis>(SteadyClock::now() - begin);
    counters().add(Count::loads);
    counters().add(Count::load_time_ms, static_cast<std::uint64_t>(took.count()));
    Landing landing;
    landing.since = lease.since;
    const CachePolicy policy = loaded ? merged(loaded->policy, ask.policy) : CachePolicy{};
    if (!loaded)
        landing.error = loaded.error();
    else if (Status bad = check_policy(policy); !bad)
        landing.error = bad.error();
    if (landing.error) {
        counters().add(Count::load_failures);
        link_.give_back(flight.key, lease.token);
        return landing;
    }
    const bool is_negative = !loaded->value;
    landing.block = make_block({.bytes = is_negative ? std::string() : std::move(*loaded->value),
                                .negative = is_negative,
                                .now = ground_.clock.now(),
                                .load_ms = took.count(),
                                .generation = lease.since,
                                .chance = chance()},
                               terms_of(policy, options_),
                               options_);
    landing.shared = loaded->store;
    const bool is_small = landing.block->bytes.size() <= contract::cache_value_bytes_max;
    if (loaded->store && is_small)
        landing.refused = !fill(flight, landing.block, lease);
    else
        link_.give_back(flight.key, lease.token);
    return landing;
}

// False: something came before it, so it is not kept.
bool Core::fill(Flight& flight, const BlockPtr& block, const Lease& lease) {
    bool is_kept = false;
    if (flight.is_detached() || !memory_->marks.is_valid(flight.key, *block))
        link_.give_back(flight.key, lease.token);
    else if (!lease.token.empty() && link_.is_up())
        is_kept = fill_store(flight, block, lease);
    else
        is_kept = fill_memory(flight, block, lease);
    if (!is_kept) counters().add(Count::fills_refused);
    return is_kept;
}

bool Core::fill_store(Flight& flight, const BlockPtr& block, const Lease& lease) {
    const std::int64_t now = ground_.clock.now();
    contract::CacheSetParams params{
        .key = flight.key, .entry = entry_of(*block, now), .token = lease.token};
    params.entry.generation = lease.generation;
    const KeyGuards::Ticket ticket = memory_->guards.begin_write(flight.key);
    const Result<bool> stored = link_.fill(std::move(params));
    memory_->guards.end_write(ticket, [&](bool is_alone) {
        if (stored && *stored && is_alone && !flight.is_detached())
            memory_->keep(flight.key, block, now);
        else
            memory_->drop(flight.key);
    });
    if (stored) return *stored;
    link_.give_back(flight.key, lease.token);
    return fill_memory(flight, block, lease);
}

bool Core::fill_memory(Flight& flight, const BlockPtr& block, const Lease& lease) {
    bool is_kept = false;
    memory_->guards.change(flight.key, [&] {
        is_kept = !flight.is_detached() && flight.news() == lease.news;
        if (is_kept) memory_->keep(flight.key, block, ground_.clock.now());
    });
    return is_kept;
}

}  // namespace toril::cache

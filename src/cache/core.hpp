#pragma once

// One cache: memory in front, the store behind, loads between them. What Cache says, this does.
//
// Where a value may come to stand, and what keeps an old one out:
//
//     from              into    only if
//     read of a store   memory  nobody changed the key since the request (KeyGuards), and no mark
//                               hits it that was not known then (Marks)
//     set               store   always
//                       memory  it was the only write of its key
//     load with lease   store   the lease is still ours and no mark hit it (the store decides)
//                       memory  the store took it, and nobody changed the key meanwhile
//     load without      memory  nobody removed, expired or set the key since it began, as far as
//                               is known here; no mark hits it
//
// Locks are those of the parts, each a leaf; none is held while the store, a loader or a log sink
// is called.

#include "cache/load_pool.hpp"
#include "cache/memory.hpp"
#include "cache/store_link.hpp"
#include "cache/tally.hpp"
#include "cache/terms.hpp"

#include <toril/cache.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace toril::cache {

/// What a cache stands on.
struct Ground {
    std::shared_ptr<contract::CacheStore> store{};  // null: none
    std::shared_ptr<base::FallbackBoard> board{};
    base::Logger log{};
    Clock clock{};
    std::shared_ptr<const void> keeps_alive{};
    std::uint64_t seed = 0;  // of the jitter; 0: at random
};

/// Threads: any. The end waits for loads that run in the background.
class Core {
public:
    /// REQUIRES: check_options(options).
    Core(CacheOptions options, Ground ground);
    ~Core();
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    const CacheOptions& options() const noexcept { return options_; }

    Result<std::optional<CacheValue>> get(std::string_view key);
    Result<std::vector<std::optional<CacheValue>>> get_many(std::span<const std::string> keys);
    Status set(std::string_view key,
               std::optional<std::string_view> value,
               const CachePolicy& policy);
    Result<CacheValue> get_or_set(std::string_view key,
                                  const CacheLoader& loader,
                                  const CachePolicy& policy);
    Result<bool> remove(std::string_view key);
    Result<bool> expire(std::string_view key);
    Status invalidate(const contract::CacheMark& mark);

    CacheStats stats() const;
    /// Of all processes that use the store.
    Result<CacheStats> totals();
    void reset_stats();

private:
    using Found = std::optional<CacheValue>;
    /// What is to be known of a question when its answer comes.
    struct Sent {
        std::string_view key{};
        std::int64_t now = 0;
        std::uint64_t since = 0;  // the latest mark
        KeyGuards::Ticket ticket{};
    };
    /// How a load asks the store, and what it got.
    struct Lease {
        std::string token{};  // empty: none
        contract::CacheGeneration generation{};
        std::uint64_t news = 0;  // of the flight when the loader began
        std::uint64_t since = 0;
    };
    /// One call of get_or_set, or a refresh.
    struct Ask {
        const CacheLoader& loader;
        const CachePolicy& policy;
        bool is_refresh = false;
    };

    // Reads.
    BlockPtr look(std::string_view key, std::int64_t now) const;
    Found hit(BlockPtr block);
    Found read_through(std::string_view key, std::int64_t now);
    Found found_there(contract::CacheFound& found, const Sent& sent);
    void find_lacking(std::span<const std::string> keys,
                      const std::vector<std::size_t>& lacking,
                      std::vector<Found>& found);
    BlockPtr take_in(contract::CacheFound& found, const Sent& sent);
    Sent begin_read(std::string_view key, std::int64_t now);
    Found without_store(std::string_view key, std::int64_t now);

    // Loads (core_load.cpp).
    Result<CacheValue> load(std::string_view key, const Ask& ask, BlockPtr stale);
    std::optional<Result<CacheValue>> fly(const Flights::Seat& seat,
                                          const Ask& ask,
                                          std::uint64_t boarded_at);
    void take_off(const FlightPtr& flight, const Ask& ask);
    Result<CacheValue> arrive(const Flights::Seat& seat, Landing landing);
    CacheValue serve_stale(BlockPtr stale);
    BlockPtr usable_stale(const Flight& flight) const;
    void refresh(std::string_view key, const BlockPtr& current, const Ask& ask);
    void run(const FlightPtr& flight, const Ask& ask);
    Landing attempt(Flight& flight, const Ask& ask);
    std::optional<Landing> ask_store(Flight& flight, const Ask& ask, Lease& lease);
    std::optional<Landing> fresh_here(Flight& flight, const Lease& lease);
    void wait_for_others(Flight& flight, std::uint64_t news, Millis lease_left) const;
    Landing call_loader(Flight& flight, const Ask& ask, const Lease& lease);
    bool fill(Flight& flight, const BlockPtr& block, const Lease& lease);
    bool fill_store(Flight& flight, const BlockPtr& block, const Lease& lease);
    bool fill_memory(Flight& flight, const BlockPtr& block, const Lease& lease);

    CacheStats counted() const;
    void tell_counts();
    void tell_last_counts();
    double chance();
    Counters& counters() const noexcept { return memory_->counters; }

    const CacheOptions options_;
    const Ground ground_;
    // Shared with the store, which tells it what others do.
    const std::shared_ptr<Memory> memory_;
    StoreLink link_;
    // Shared with an answer that may come after the end.
    const std::shared_ptr<Tally> tally_ = std::make_shared<Tally>();
    std::atomic<std::uint64_t> chances_;  // a count; what is made of it is random
    mutable base::Mutex mutex_{};
    CacheStats baseline_ TORIL_GUARDED_BY(mutex_){};  // counts at the latest reset
    LoadPool pool_;                                   // last: what runs there uses the rest
};

}  // namespace toril::cache

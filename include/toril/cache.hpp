#pragma once

#include <toril/fwd.hpp>
#include <toril/result.hpp>
#include <toril/time.hpp>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace toril {

/// Bytes from a cache. They never change; copies share them.
class CacheValue {
public:
    CacheValue() = default;

    std::string_view bytes() const noexcept;
    /// It is known that there is nothing: no bytes, and yet a hit.
    bool is_negative() const noexcept;
    /// Older than its time to live; served because a newer one was not to be had (in time).
    bool is_stale() const noexcept { return stale_; }

    struct Block;  // not public
    CacheValue(std::shared_ptr<const Block> block, bool stale) noexcept
        : block_(std::move(block)), stale_(stale) {}

private:
    std::shared_ptr<const Block> block_{};
    bool stale_ = false;
};

/// How one entry is kept. What is not set comes from the CacheOptions.
struct CachePolicy {
    std::optional<Millis> ttl{};           ///< More than 0, at most 366 days.
    std::optional<Millis> stale_for{};     ///< After the ttl: how long it may be served as stale.
    std::optional<Millis> negative_ttl{};  ///< Of a load that finds nothing.
    std::vector<std::string> tags{};       ///< At most 16 of at most 128 bytes.

    /// A load that takes longer is waited for no longer, if there is a stale value to serve; it
    /// goes on and is stored. 0: wait.
    std::optional<Millis> soft_timeout{};
    /// A load that takes longer is waited for no longer: the stale value, else `timed_out`. It
    /// goes on and is stored. 0: wait.
    std::optional<Millis> hard_timeout{};
};

/// What a loader found.
struct Loaded {
    std::optional<std::string> value{};  ///< None: there is nothing, and that is worth knowing.
    CachePolicy policy{};                ///< What is set here goes before the call's.
    bool store = true;                   ///< False: for this caller only.

    Loaded() = default;
    Loaded(std::string bytes) : value(std::move(bytes)) {}  // NOLINT: a loader returns text
    Loaded(const char* text) : value(text) {}               // NOLINT
    Loaded(std::nullopt_t) {}                               // NOLINT
};

/// May be called on a thread of the cache; one call at a time for a key, unless it is removed or
/// set meanwhile. It may throw: that is a failed load. It must not ask for its own key.
using CacheLoader = std::function<Result<Loaded>()>;

/// How a cache behaves. Set only what you mean.
struct CacheOptions {
    /// Caches with different names share nothing. 1 to 64 of `A-Z a-z 0-9 _ . -`.
    std::string name = "default";

    /// Of the tier in memory, keys and all that it costs to keep an entry included. 0: no such
    /// tier, each read asks the store. At most 1 TiB.
    std::uint64_t memory_bytes_max = 64u * 1024 * 1024;
    /// Whether entries go to the store as well, where other processes find them. A `memory:`
    /// store has no such tier.
    bool in_store = true;

    Millis ttl{3'600'000};
    /// Each ttl is shorter by a random part of up to this much, so that what was stored together
    /// does not end together. 0 to 0.5.
    double ttl_jitter = 0.1;
    Millis stale_for{0};
    Millis negative_ttl{30'000};
    /// A read in the last part of a ttl loads anew in the background. 0: only when it has ended;
    /// 0.2: in its last fifth. 0 to 0.9.
    double refresh_ahead = 0;
    Millis soft_timeout{0};
    Millis hard_timeout{0};
    /// After a failed load a stale value is served for so long before the next try.
    Millis retry_after_failure{1'000};

    /// A load that takes longer is no longer the only one among all processes.
    Millis lease{30'000};
    /// What is in memory is served only while news of other processes are not older than this,
    /// unless the store is away. At least 100 ms.
    Millis staleness_bound{2'000};
    /// Longest wait for the store before the memory goes on alone.
    Millis store_timeout{50};
    /// Loads at the same time that nobody waits for, or that have a time-out.
    std::size_t background_loads_max = 16;
};

/// What a cache did so far.
struct CacheStats {
    std::string name{};
    std::uint64_t hits_memory = 0;    ///< Fresh, from memory.
    std::uint64_t hits_store = 0;     ///< Fresh, from the store.
    std::uint64_t hits_negative = 0;  ///< Of both: it was known that there is nothing.
    std::uint64_t hits_stale = 0;     ///< Neither of both: stale values that were served.
    std::uint64_t misses = 0;
    std::uint64_t loads = 0;
    std::uint64_t load_failures = 0;
    std::uint64_t load_time_ms = 0;
    std::uint64_t coalesced = 0;      ///< Callers that waited for the load of another.
    std::uint64_t fills_refused = 0;  ///< Loads that came after a removal or an invalidation.
    std::uint64_t sets = 0;
    std::uint64_t removals = 0;
    std::uint64_t invalidations = 0;  ///< Of tags and patterns, own and heard of.
    std::uint64_t evictions_size = 0;
    std::uint64_t evictions_age = 0;
    std::uint64_t rejected = 0;  ///< Not admitted to memory: what is there is read more often.
    std::uint64_t store_failures = 0;
    std::uint64_t unreadable = 0;   ///< Entries in the store that this version cannot read.
    std::uint64_t feed_losses = 0;  ///< News of other processes were missed: memory was emptied.
    std::uint64_t fallback_ms = 0;  ///< Time in which memory went on alone.
    std::uint64_t entries = 0;      ///< In memory.
    std::uint64_t bytes = 0;        ///< In memory, all that they cost.
    std::uint64_t bytes_max = 0;
    Millis heard_age{0};  ///< Age of the news of other processes; 0: there are none.
    Millis staleness_bound{0};
    bool is_store_away = false;
    /// What the hit rate of memory would be at so many times its size, as far as it was learned.
    std::map<double, double> what_if{};

    std::uint64_t hits() const noexcept { return hits_memory + hits_store + hits_stale; }
    /// 0 to 1; 0 when nothing was read.
    double hit_rate() const noexcept {
        const std::uint64_t reads = hits() + misses;
        return reads == 0 ? 0 : static_cast<double>(hits()) / static_cast<double>(reads);
    }
};

/// Cache-aside in two tiers: memory in front, the store behind, other processes told of changes.
///
/// Threads:  any method, from any thread, at the same time. Loaders run on the caller's thread
///           unless there is a time-out or nobody waits; no lock is held then.
/// Blocking: a hit in memory takes no lock and does no I/O. Others wait for the store, at most
///           `store_timeout`, and for the loader.
/// Failure:  a store that is away fails no call: memory goes on alone, also with what it had from
///           before; removals and invalidations are noted and done when the store is back. Error
///           codes below are about arguments and loaders.
/// Keys:     1 to 512 bytes.
class Cache final {
public:
    /// Opens a cache. Two of the same name on one Store are the same cache.
    ///
    /// Errors: `invalid_argument` for options out of range, or others than those of the one that
    /// is open already.
    static Result<Cache> open(const Store& store, const CacheOptions& options = {});

    /// None: a miss. A stale value is none. Errors: `invalid_argument` for the key.
    Result<std::optional<CacheValue>> get(std::string_view key) const;
    /// One a key, in order; one round trip for all that memory does not have.
    Result<std::vector<std::optional<CacheValue>>> get_many(
        std::span<const std::string> keys) const;

    /// Errors: `invalid_argument`; `limit_reached` above 16 MiB.
    Status set(std::string_view key, std::string_view value, const CachePolicy& policy = {});
    Status set_negative(std::string_view key, const CachePolicy& policy = {});

    /// The value, loaded if there is none: once, however many ask at the same time, here and in
    /// other processes. A load that fails serves the stale value if there is one.
    ///
    /// Errors: the loader's own; `failed` when it threw; `timed_out` after the hard time-out;
    /// `limit_reached` when too many loads with a time-out wait for a thread; `wrong_state` when
    /// a loader asks for its own key.
    Result<CacheValue> get_or_set(std::string_view key,
                                  const CacheLoader& loader,
                                  const CachePolicy& policy = {});

    /// Gone everywhere, its stale value too. A load that is under way will not be stored.
    /// Answers whether it was there, as far as is known.
    Result<bool> remove(std::string_view key);
    /// Stale from now on. The same otherwise.
    Result<bool> expire(std::string_view key);
    /// Removes all entries with a tag: those in other processes, and those that are being loaded,
    /// too. The same cost for one as for a million.
    Status invalidate_tag(std::string_view tag);
    /// The same for keys that match: `*` is any text, `?` any one byte, `\` takes the next as it
    /// is. At most 512 bytes.
    Status invalidate_pattern(std::string_view pattern);
    Status clear();

    CacheStats stats() const;
    /// What all processes counted that use the store, as far as they have told it: with what they
    /// ask of it, at most once a second, and at their end. `entries` and `bytes` are those in the
    /// store; on Redis it goes through all of them. The same as `stats` on a `memory:` store.
    ///
    /// Errors: `unavailable` and the like when the store is away.
    Result<CacheStats> totals() const;
    /// Starts counting anew; `entries`, `bytes` and what is about now stay.
    void reset_stats();
    const std::string& name() const noexcept;

private:
    class Impl;
    explicit Cache(std::shared_ptr<Impl> impl) noexcept;

    std::shared_ptr<Impl> impl_;
};

/// One parameter of a query.
using CacheKeyValue =
    std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, std::vector<std::string>>;

/// `prefix:` and 32 hex digits that depend on the parameters, not on their order. A parameter that
/// is `nullptr` counts; one that is left out is another query. `1`, `1.0` and `"1"` differ.
/// REQUIRES: no name comes twice.
std::string cache_key(std::string_view prefix,
                      std::initializer_list<std::pair<std::string_view, CacheKeyValue>> parameters);
std::string cache_key(std::string_view prefix,
                      const std::map<std::string, CacheKeyValue>& parameters);

/// `{"name","hits","misses","hitRate","entries","bytes", ...}`, every member of CacheStats.
Json to_json(const CacheStats& stats);

}  // namespace toril

#pragma once

// The store as the cache sees it: blocking calls with a deadline; when it is away nothing is asked
// of it, what it has to be told is noted, and one thread finds out when it is back.
//
//     state   what happens                        next
//     up      reads or fills fail, two in a row    away
//     up      a write fails, or has no answer      away: it is noted, and told until acknowledged
//     away    all that was noted is acknowledged,
//             and the store answers                up, after memory was emptied
//
// A write without an answer may have happened or not. Until it is told again the store may have
// what is void, so it is not read either: that is `away`, if only for one round trip. No caller
// ever asks a store that is away: the keeper does, with pauses from 100 ms to 1 s (base/breaker.hpp
// is for those who have no thread for that).

#include "base/logger.hpp"
#include "base/mutex.hpp"
#include "cache/clock.hpp"
#include "cache/intents.hpp"
#include "contract/backend.hpp"

#include <toril/cache.hpp>
#include <toril/result.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace toril::cache {

struct LinkOptions {
    std::string cache{};
    Millis timeout{50};
    Millis lease{30'000};
    Clock clock{};
    base::Logger log{};
};

/// A question about keys. `lease_ahead`: none: no lease; else CacheGetParams::ahead.
struct Question {
    std::vector<std::string> keys{};
    std::optional<Millis> lease_ahead{};
};

/// Threads: any; the keeper is one of its own, started at the first outage.
class StoreLink {
public:
    using Empty = std::function<void()>;

    /// `store` may be null: then nothing is ever asked. `empty` empties the memory; it is called
    /// with a lock held, before the store counts as up again.
    StoreLink(LinkOptions options,
              std::shared_ptr<contract::CacheStore> store,
              std::shared_ptr<base::FallbackBoard> board,
              Empty empty);
    ~StoreLink();
    StoreLink(const StoreLink&) = delete;
    StoreLink& operator=(const StoreLink&) = delete;

    bool exists() const noexcept { return store_ != nullptr; }
    bool is_away() const noexcept { return away_.load(std::memory_order_acquire); }
    /// Whether it may be asked.
    bool is_up() const noexcept { return exists() && !is_away(); }

    /// The answer and, if a lease was asked for, its token.
    struct Answer {
        contract::CacheAnswer found{};
        std::string token{};
    };
    Result<Answer> get(const Question& question);
    /// With a token: see CacheSetParams.
    Result<bool> fill(contract::CacheSetParams params);
    void give_back(const std::string& key, const std::string& token);

    /// Empty: the store is away, it will be told. `set` notes a removal.
    std::optional<bool> set(contract::CacheSetParams params);
    std::optional<std::size_t> remove(const std::string& key);
    std::optional<std::size_t> expire(const std::string& key);
    std::optional<contract::CacheGeneration> invalidate(const contract::CacheMark& mark);

    /// Adds to what all processes counted. `stored` is called once.
    void tally(std::map<std::string, std::uint64_t> counts, std::function<void(bool)> stored);
    Result<contract::CacheTotals> totals(Millis timeout);

    /// Something was done by memory alone.
    void count_fallback();

    std::uint64_t failures() const noexcept { return failures_.load(); }
    void listen(std::weak_ptr<contract::CacheListener> listener);
    Millis away_time() const;

private:
    template <class T, class Start>
    Result<T> ask(Millis timeout, Start&& start);
    Result<std::size_t> ask_change(Intent::Kind kind,
                                   std::vector<std::string> names,
                                   Millis timeout);
    std::optional<std::size_t> change(Intent::Kind kind, const std::string& key);
    void note(Intent intent, const std::string& why);
    void begin_away(const std::string& why) TORIL_REQUIRES(mutex_);
    void failed(const Error& error);

    void keep();  // the keeper's own from here
    bool wait_for_outage(std::string& why);
    bool wait_for(Millis pause);
    bool recover();
    Status tell(const Intents::Batch& batch);
    Status probe();

    const LinkOptions options_;
    const std::shared_ptr<contract::CacheStore> store_;
    const std::shared_ptr<base::FallbackBoard> board_;
    const Empty empty_;
    // Counts, which publish nothing.
    std::atomic<std::uint64_t> failures_{0};
    std::atomic<int> failures_in_a_row_{0};

    // Published with release after memory was emptied, or the intent was noted.
    std::atomic<bool> away_{false};

    struct Outage {
        Intents intents{};
        std::int64_t since = 0;
        std::int64_t total = 0;  // of those that have ended
        std::string why{};
        bool closing = false;
        std::thread keeper{};
    };
    mutable base::Mutex mutex_{};
    base::Condition changed_{};
    Outage outage_ TORIL_GUARDED_BY(mutex_){};
};

}  // namespace toril::cache

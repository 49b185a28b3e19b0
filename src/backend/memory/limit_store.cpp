#include "backend/memory/limit_store.hpp"

#include "backend/memory/limit_table.hpp"
#include "base/mutex.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

namespace toril::memory {
namespace {

using base::KeyHash;
using base::Micros;
using base::MutexLock;
using base::RateDecision;
using contract::LimitFound;
using contract::LimitParams;
using contract::LimitReply;
using contract::RateAsk;

// States in shards, each with a lock of its own: most asks are for different keys.
class MemoryLimitStore final : public contract::LimitStore {
public:
    explicit MemoryLimitStore(std::function<Micros()> clock)
        : clock_(std::move(clock)), hasher_(base::KeyHasher::random_seed()) {}

    std::optional<RateDecision> take_at_once(std::string_view key,
                                             const base::RateRule& rule,
                                             std::int64_t cost) override {
        const KeyHash hash = hasher_(key);
        const Micros now = clock_();
        Shard& shard = shard_of(hash);
        MutexLock lock(shard.mutex);
        LimitTable::Slot& slot = shard.table.slot_of(hash, now);
        const RateDecision decision = base::rate_take(rule, slot.state, now, cost);
        slot.ends_at = now + decision.reset_after;
        return decision;
    }

    void decide(LimitParams params, contract::Done<LimitReply> done) override {
        if (closed_.load(std::memory_order_relaxed)) return done(closed_error());
        const Micros now = params.now > Micros{0} ? params.now : clock_();
        LimitReply reply{.now = now};
        if (params.kind == LimitParams::Kind::take && params.asks.size() > 1) {
            reply.found = taken_together(params.asks, now);
        } else {
            for (const RateAsk& ask : params.asks)
                reply.found.push_back(decided(params.kind, ask, now));
        }
        done(std::move(reply));
    }

    void reset(std::string key, Millis, contract::DoneStatus done) override {
        if (closed_.load(std::memory_order_relaxed)) return done(closed_error());
        const KeyHash hash = hasher_(key);
        {
            Shard& shard = shard_of(hash);
            MutexLock lock(shard.mutex);
            // The slot stays, as others may have been put behind it; the next rebuild takes it.
            if (LimitTable::Slot* slot = shard.table.find(hash)) {
                slot->state = {};
                slot->ends_at = Micros{0};
            }
        }
        done({});
    }

    void close(Millis) override { closed_.store(true, std::memory_order_relaxed); }

private:
    struct alignas(64) Shard {
        base::Mutex mutex{};
        LimitTable table TORIL_GUARDED_BY(mutex){};
    };

    static constexpr std::size_t shards = 64;

    static Error closed_error() { return {ErrorCode::cancelled, "the store is closed"}; }

    // The table inside uses the low half.
    Shard& shard_of(const KeyHash& hash) { return shards_[hash.high % shards]; }

    LimitFound decided(LimitParams::Kind kind, const RateAsk& ask, Micros now) {
        const KeyHash hash = hasher_(ask.key);
        Shard& shard = shard_of(hash);
        MutexLock lock(shard.mutex);
        if (kind == LimitParams::Kind::peek) {
            const LimitTable::Slot* slot = shard.table.find(hash);
            const base::RateState state = slot ? slot->state : base::RateState{};
            return {base::rate_peek(ask.rule, state, now, ask.cost), state};
        }
        LimitTable::Slot& slot = shard.table.slot_of(hash, now);
        const RateDecision decision = kind == LimitParams::Kind::take
                                          ? base::rate_take(ask.rule, slot.state, now, ask.cost)
                                      : kind == LimitParams::Kind::debit
                                          ? base::rate_debit(ask.rule, slot.state, now, ask.cost)
                                          : base::rate_refund(ask.rule, slot.state, now, ask.cost);
        slot.ends_at = now + decision.reset_after;
        return {decision, slot.state};
    }

    // With the locks of all their shards, always in the same order.
    std::vector<LimitFound> taken_together(const std::vector<RateAsk>& asks, Micros now)
        TORIL_TSA(no_thread_safety_analysis) {
        std::vector<KeyHash> hashes;
        std::vector<Shard*> locked;
        for (const RateAsk& ask : asks) {
            hashes.push_back(hasher_(ask.key));
            locked.push_back(&shard_of(hashes.back()));
        }
        std::sort(locked.begin(), locked.end());
        locked.erase(std::unique(locked.begin(), locked.end()), locked.end());
        for (Shard* shard : locked)
            shard->mutex.lock();

        std::vector<base::RateUse> uses;
        for (std::size_t i = 0; i < asks.size(); ++i)
            uses.push_back({.rule = asks[i].rule,
                            .state = shard_of(hashes[i]).table.slot_of(hashes[i], now).state,
                            .cost = asks[i].cost});
        base::rate_take_all(uses, now);
        std::vector<LimitFound> found;
        for (std::size_t i = 0; i < asks.size(); ++i) {
            LimitTable::Slot& slot = shard_of(hashes[i]).table.slot_of(hashes[i], now);
            slot.state = uses[i].state;
            slot.ends_at = now + uses[i].decision.reset_after;
            found.push_back({uses[i].decision, uses[i].state});
        }
        for (Shard* shard : locked)
            shard->mutex.unlock();
        return found;
    }

    const std::function<Micros()> clock_;
    const base::KeyHasher hasher_;
    std::atomic<bool> closed_{false};  // relaxed: it orders nothing
    std::array<Shard, shards> shards_{};
};

}  // namespace

base::Micros limit_clock() {
    using std::chrono::steady_clock;
    struct Start {
        std::chrono::system_clock::time_point wall = std::chrono::system_clock::now();
        steady_clock::time_point steady = steady_clock::now();
    };
    static const Start start;
    const auto since_1970 = start.wall.time_since_epoch() + (steady_clock::now() - start.steady);
    return std::chrono::floor<Micros>(since_1970);
}

std::shared_ptr<contract::LimitStore> open_limit_store(std::function<base::Micros()> clock) {
    return std::make_shared<MemoryLimitStore>(std::move(clock));
}

}  // namespace toril::memory

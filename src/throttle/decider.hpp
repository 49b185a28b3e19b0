#pragma once

// Decides: by the store; by what the host remembers of its refusals; and while the store is away
// by what the host knows and counts itself. What was allowed then the store is told before its
// word counts again.
//
//     asked                                      decides
//     the store answered the last one            the store, `store`
//       and refused this key a moment ago        the host, `remembered`
//       and this key owes the store something    the store is told first, then decides
//     it did not (breaker open)                  the host, `local` or `open`; a look at the store
//                                                in the background ends this (scout.hpp)
//     it does not answer this one in time        the host: as if it had not been asked

#include "base/breaker.hpp"
#include "base/fallback_board.hpp"
#include "base/logger.hpp"
#include "contract/limit_store.hpp"
#include "throttle/counters.hpp"
#include "throttle/host_table.hpp"
#include "throttle/scout.hpp"

#include <toril/throttle.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace toril::throttle {

using Kind = contract::LimitParams::Kind;
using Asks = std::vector<contract::RateAsk>;

/// One decision an ask, in order.
struct Decided {
    std::vector<RateDecision> decisions{};
    LimitMode mode = LimitMode::store;
};
using OnDecided = std::function<void(Result<Decided>)>;

struct DeciderParts {
    std::shared_ptr<contract::LimitStore> store{};
    std::shared_ptr<base::FallbackBoard> fallbacks{};
    std::unique_ptr<HostTable> table{};  // null: the store is never away
    ThrottleOptions options{};
    base::Logger log{};
    std::function<Micros()> clock{};  // steady, the same in all processes of the host
    std::shared_ptr<AwaySignal> away = std::make_shared<AwaySignal>();
};

/// Threads: any. `done` is called with no lock held, on the calling thread or one of the store.
class Decider : public std::enable_shared_from_this<Decider> {
public:
    explicit Decider(DeciderParts parts);

    /// A store in memory decides one at once. Empty: not such a store.
    std::optional<RateDecision> take_at_once(std::string_view key,
                                             const RateRule& rule,
                                             std::int64_t cost) {
        return parts_.store->take_at_once(key, rule, cost);
    }
    /// REQUIRES: at most 16 asks, no key twice.
    void decide(Kind kind, Asks asks, OnDecided done);
    void reset(std::string_view key, contract::DoneStatus done);

    /// Asks the store whether it is back. Blocks for the store's time-out.
    bool is_store_back();

    Counters& counters() { return counters_; }
    std::size_t local_keys() const;
    Millis fallback_time() const;

private:
    struct Call;
    using CallPtr = std::shared_ptr<Call>;

    std::optional<Result<Decided>> prepare(Call& call);
    void tell_then_ask(CallPtr call);
    void ask(CallPtr call);
    void answered(Call& call, Result<contract::LimitReply> reply, Micros sent_at);
    void told(const Call& call, const Result<contract::LimitReply>& reply, Micros sent_at);
    Result<Decided> without_store(const Call& call, const Error& reason);
    Result<Decided> decide_here(const Call& call);
    void store_failed(const Error& error);
    void store_works();
    Millis time_left(const Call& call) const;

    const DeciderParts parts_;
    base::Breaker breaker_{};
    Counters counters_{};
    std::atomic<bool> is_away_{false};  // what was last told to the board
};

}  // namespace toril::throttle

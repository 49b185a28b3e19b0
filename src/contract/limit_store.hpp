#pragma once

// What a backend must do for rate limits. What to allow is decided by base/rate_limit.hpp in C++
// and by the same arithmetic in Lua; tests/vectors/rate_limit.json holds them to each other.
// The rules at the top of job_store.hpp hold here too.

#include "base/rate_limit.hpp"
#include "contract/job_store.hpp"

#include <toril/result.hpp>
#include <toril/time.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace toril::contract {

struct RateAsk {
    std::string key{};
    base::RateRule rule{};
    std::int64_t cost = 1;
};

struct LimitParams {
    enum class Kind : unsigned char {
        take,    // all of them, or none
        peek,    // changes nothing
        refund,  // gives `cost` back, not beyond what was taken
        debit,   // takes `cost` even beyond the limit: what was allowed while the store was away
    };
    Kind kind = Kind::take;
    std::vector<RateAsk> asks{};
    Millis timeout{0};
    base::Micros now{0};  // since 1970; 0: the store's clock
};

struct LimitFound {
    base::RateDecision decision{};
    base::RateState state{};  // after it, by the store's clock
};

struct LimitReply {
    std::vector<LimitFound> found{};  // one an ask, in order
    base::Micros now{0};              // of the store, at the decision
};

class LimitStore {
public:
    virtual ~LimitStore() = default;

    /// No key twice in one call. Errors: `unavailable` and the like; a refusal is no error.
    virtual void decide(LimitParams params, Done<LimitReply> done) = 0;
    /// As `decide` with one to take, by a store that never waits: memory. Empty: not such a store.
    virtual std::optional<base::RateDecision> take_at_once(std::string_view key,
                                                           const base::RateRule& rule,
                                                           std::int64_t cost);
    /// Forgets a key.
    virtual void reset(std::string key, Millis timeout, DoneStatus done) = 0;
    virtual void close(Millis deadline) = 0;
};

inline std::optional<base::RateDecision> LimitStore::take_at_once(std::string_view,
                                                                  const base::RateRule&,
                                                                  std::int64_t) {
    return std::nullopt;
}

}  // namespace toril::contract

#pragma once

// Whether what a caller gives can be asked, and what the caller gets for the decision.

#include "contract/limit_store.hpp"

#include <toril/throttle.hpp>

#include <span>
#include <string_view>

namespace toril::throttle {

Status check_key(std::string_view key);
Status check_rule(const LimitRule& rule);
Status check_cost(std::int64_t cost);
Status check_asks(std::span<const LimitAsk> asks);
Status check_options(const ThrottleOptions& options);

base::RateRule rate_rule(const LimitRule& rule);
LimitAnswer answer_of(const LimitRule& rule, const base::RateDecision& decision, LimitMode mode);

/// The decision that the answer of `check_all` is of: that which refuses for the longest, else
/// that which has the least left.
std::size_t deciding(std::span<const base::RateDecision> decisions);

}  // namespace toril::throttle

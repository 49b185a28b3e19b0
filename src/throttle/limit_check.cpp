#include "throttle/limit_check.hpp"

#include "throttle/host_table.hpp"

#include <algorithm>
#include <string>

namespace toril::throttle {
namespace {

constexpr std::int64_t units_max = 1'000'000'000;
constexpr Millis per_max = std::chrono::hours{24} * 366;

Error refused(std::string message) {
    return {ErrorCode::invalid_argument, std::move(message)};
}

Status check_name(std::string_view name) {
    const bool shown = name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
                           return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
                       });
    if (shown) return {};
    return refused("a limit's name has up to 64 printable ASCII characters, and no \" or \\");
}

bool refuses_longer(const base::RateDecision& a, const base::RateDecision& b) {
    const base::Micros never{-1};
    if (a.retry_after == never || b.retry_after == never) return b.retry_after != never;
    return a.retry_after > b.retry_after;
}

}  // namespace

Status check_key(std::string_view key) {
    if (!key.empty() && key.size() <= 512) return {};
    return refused("the key of a limit has 1 to 512 bytes, not " + std::to_string(key.size()));
}

Status check_rule(const LimitRule& rule) {
    if (rule.max < 1 || rule.max > units_max)
        return refused("a limit's max is 1 to 1'000'000'000, not " + std::to_string(rule.max));
    if (rule.per < Millis{1} || rule.per > per_max)
        return refused("a limit's per is 1 ms to 366 days, not " +
                       std::to_string(rule.per.count()) + " ms");
    if (rule.burst != 0 && rule.shape != LimitShape::gcra)
        return refused("only a gcra limit has a burst");
    if (rule.burst < 0 || rule.burst > rule.max)
        return refused("a limit's burst is 1 to max, not " + std::to_string(rule.burst));
    return rule.name.empty() ? Status() : check_name(rule.name);
}

Status check_cost(std::int64_t cost) {
    if (cost >= 1 && cost <= units_max) return {};
    return refused("a cost is 1 to 1'000'000'000, not " + std::to_string(cost));
}

Status check_asks(std::span<const LimitAsk> asks) {
    if (asks.empty() || asks.size() > HostTable::keys_max)
        return refused("1 to 16 limits can be asked at once, not " + std::to_string(asks.size()));
    for (std::size_t i = 0; i < asks.size(); ++i) {
        if (Status s = check_key(asks[i].key); !s) return s;
        if (Status s = check_rule(asks[i].rule); !s) return s;
        if (Status s = check_cost(asks[i].cost); !s) return s;
        for (std::size_t j = 0; j < i; ++j)
            if (asks[i].key == asks[j].key)
                return refused("limit \"" + asks[i].key + "\" is asked twice at once");
    }
    return {};
}

Status check_options(const ThrottleOptions& options) {
    if (options.store_timeout <= Millis{0})
        return refused("the throttle's store_timeout must be more than 0");
    if (options.local_keys_max < 1'000 || options.local_keys_max > 10'000'000)
        return refused("local_keys_max is 1'000 to 10'000'000, not " +
                       std::to_string(options.local_keys_max));
    return {};
}

base::RateRule rate_rule(const LimitRule& rule) {
    const auto shape = rule.shape == LimitShape::gcra    ? base::RateShape::gcra
                       : rule.shape == LimitShape::fixed ? base::RateShape::fixed
                                                         : base::RateShape::sliding;
    return {.shape = shape, .max = rule.max, .per = rule.per, .burst = rule.burst};
}

LimitAnswer answer_of(const LimitRule& rule, const base::RateDecision& decision, LimitMode mode) {
    const bool never = decision.retry_after < base::Micros{0};
    return {.allowed = decision.allowed,
            .limit = rule.max,
            .remaining = decision.remaining,
            .retry_after = never ? Millis{-1} : std::chrono::ceil<Millis>(decision.retry_after),
            .reset_after = std::chrono::ceil<Millis>(decision.reset_after),
            .mode = mode};
}

std::size_t deciding(std::span<const base::RateDecision> decisions) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < decisions.size(); ++i) {
        const base::RateDecision& a = decisions[i];
        const base::RateDecision& b = decisions[best];
        const bool better = a.allowed != b.allowed ? b.allowed
                            : a.allowed            ? a.remaining < b.remaining
                                                   : refuses_longer(a, b);
        if (better) best = i;
    }
    return best;
}

}  // namespace toril::throttle

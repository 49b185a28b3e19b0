#pragma once

#include <toril/fwd.hpp>
#include <toril/result.hpp>
#include <toril/time.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace toril {

enum class LimitShape : unsigned char {
    /// Never more than `max` in any `per`. Counts in sixteenths of `per`, the oldest in full: under
    /// steady load one gets `max` in 17/16 of `per`.
    sliding,
    /// A bucket of `burst` that fills with `max` per `per`: smooth. Up to `burst` + `max` in one.
    gcra,
    /// `max` in each `per` of the store's clock. Up to 2 x `max` in a `per`.
    fixed,
};
std::string_view to_string(LimitShape shape) noexcept;

/// How often. A rule that changes applies to what was taken already: nobody gets a fresh start.
struct LimitRule {
    std::int64_t max = 0;  ///< 1 to 1'000'000'000.
    Millis per{0};         ///< 1 ms to 366 days.
    LimitShape shape = LimitShape::sliding;
    std::int64_t burst = 0;  ///< gcra: 1 to `max`; 0: `max`.
    std::string name{};      ///< For headers and metrics: `per-user`, say. Up to 64 bytes.
};

/// What happens while the store is away.
enum class LimitWhenAway : unsigned char {
    /// Counted among the processes of this user on this host, from what the store said last on.
    local,
    open,    ///< All is allowed.
    closed,  ///< Nothing is: `unavailable`.
};

struct ThrottleOptions {
    LimitWhenAway when_away = LimitWhenAway::local;
    /// Longest wait for the store before that. More than 0.
    Millis store_timeout{100};
    /// Keys that this host counts while the store is away. 1'000 to 10'000'000, 144 bytes each
    /// once it was used. Of all programs that share them the first one's number counts.
    std::size_t local_keys_max = 100'000;
    /// Keys that are refused are refused from memory until they could be allowed.
    bool remember_refusals = true;
    /// Decide, count and log, and allow all the same.
    bool only_observe = false;
};

/// How a decision was made.
enum class LimitMode : unsigned char { store, remembered, local, open };
std::string_view to_string(LimitMode mode) noexcept;

struct LimitAnswer {
    bool allowed = false;
    std::int64_t limit = 0;      ///< The rule's `max`.
    std::int64_t remaining = 0;  ///< What could be taken right after.
    /// Refused: when to ask again, rounded up; -1 ms: never, the cost is beyond the limit.
    Millis retry_after{0};
    Millis reset_after{0};  ///< All of the limit is there again then.
    LimitMode mode = LimitMode::store;
    std::size_t refused_by = 0;  ///< check_all: which of the rules said no.
};

struct LimitAsk {
    std::string key{};
    LimitRule rule{};
    std::int64_t cost = 1;  ///< 1 to 1'000'000'000.
};

struct ThrottleStats {
    std::uint64_t allowed = 0;
    std::uint64_t refused = 0;
    std::uint64_t refused_remembered = 0;  ///< Of these, without asking the store.
    std::uint64_t local = 0;               ///< Decided while the store was away.
    std::uint64_t carried_over = 0;        ///< Keys whose local use was told to the store after.
    std::uint64_t store_failures = 0;
    std::uint64_t local_keys = 0;
    std::uint64_t fallback_ms = 0;
};

/// Rate limits by key, among all that use the store.
///
/// While the store is away, processes of one user on one host count together, in shared memory,
/// and from where the store was; when it is back it is told. So over an outage at most 2 x `max`
/// (gcra, fixed: twice what the shape states) are allowed in any window by one host: `max` by the
/// store, as far as this host had not heard of it or the store forgot it, and `max` here. Further
/// hosts have `max` each.
///
/// Threads:  any method, from any thread, at the same time.
/// Blocking: for the store, at most `store_timeout`.
/// Keys:     1 to 512 bytes.
class Throttle final {
public:
    static Result<Throttle> open(const Store& store, const ThrottleOptions& options = {});

    /// Takes one, or `cost`. Errors: `invalid_argument`; `unavailable` with `closed`. A refusal is
    /// no error, and takes nothing.
    Result<LimitAnswer> check(std::string_view key, const LimitRule& rule, std::int64_t cost = 1);
    /// All, or none. The answer is that of the rule that refused, else of the one with the least
    /// remaining. At most 16; no key twice.
    Result<LimitAnswer> check_all(std::span<const LimitAsk> asks);
    /// Without waiting. `done` is called once, on a thread of the store or on this one, before the
    /// call returns; it must be quick.
    void check_async(std::string_view key,
                     const LimitRule& rule,
                     std::int64_t cost,
                     std::function<void(Result<LimitAnswer>)> done);
    /// Takes nothing.
    Result<LimitAnswer> peek(std::string_view key, const LimitRule& rule);
    /// Gives back what was taken for something that did not happen.
    Result<LimitAnswer> refund(std::string_view key, const LimitRule& rule, std::int64_t cost = 1);
    /// Forgets a key.
    Status reset(std::string_view key);

    ThrottleStats stats() const;

private:
    class Impl;
    explicit Throttle(std::shared_ptr<Impl> impl) noexcept;

    std::shared_ptr<Impl> impl_;
};

/// Headers of an HTTP answer: `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-
/// headers-11), `X-RateLimit-Limit`, `-Remaining`, `-Reset` (seconds from now, as in the draft's
/// forerunners), and `Retry-After` when refused. Seconds are rounded up.
std::vector<std::pair<std::string, std::string>> rate_limit_headers(const LimitRule& rule,
                                                                    const LimitAnswer& answer);

}  // namespace toril

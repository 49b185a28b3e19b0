#include "cache/terms.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

namespace toril::cache {
namespace {

constexpr Millis longest{366LL * 24 * 3600 * 1000};
constexpr std::size_t key_bytes_max = 512;
constexpr std::size_t tag_bytes_max = 128;
constexpr std::size_t tags_max = 16;
constexpr std::size_t name_bytes_max = 64;
constexpr std::uint64_t memory_bytes_limit = 1ull << 40;
constexpr std::size_t background_loads_limit = 1'024;

Error refused(std::string message) {
    return {ErrorCode::invalid_argument, std::move(message)};
}

bool fits(const std::optional<Millis>& value, std::int64_t min) noexcept {
    return !value || (*value >= Millis{min} && *value <= longest);
}

Status check_time(const char* what, const std::optional<Millis>& value, std::int64_t min) {
    if (fits(value, min)) return {};
    return refused(what + (" is " + std::to_string(value->count())) + " ms; it may be " +
                   std::to_string(min) + " ms to 366 days");
}

Status check_part(const std::string& what, double value, double max) {
    if (value >= 0 && value <= max) return {};  // not a number: refused
    return refused("the cache's " + what + " must be 0 to " + (max < 0.6 ? "0.5" : "0.9"));
}

Status check_name(std::string_view name) {
    const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '.' || c == '-';
    });
    if (is_plain && !name.empty() && name.size() <= name_bytes_max) return {};
    return refused("a cache's name is 1 to 64 of A-Z a-z 0-9 _ . -");
}

Status check_bytes(const char* what, std::string_view text, std::size_t max) {
    if (!text.empty() && text.size() <= max) return {};
    return refused(what + std::string(" has 1 to ") + std::to_string(max) + " bytes, not " +
                   std::to_string(text.size()));
}

Status first_bad(std::initializer_list<Status> checks) {
    for (const Status& status : checks)
        if (!status) return status;
    return {};
}

}  // namespace

Status check_options(const CacheOptions& options) {
    if (options.memory_bytes_max > memory_bytes_limit)
        return refused("the cache's memory_bytes_max may be at most 1 TiB");
    if (options.background_loads_max == 0 || options.background_loads_max > background_loads_limit)
        return refused("the cache's background_loads_max must be 1 to 1024");
    return first_bad({check_name(options.name),
                      check_time("the cache's ttl", options.ttl, 1),
                      check_part("ttl_jitter", options.ttl_jitter, 0.5),
                      check_time("the cache's stale_for", options.stale_for, 0),
                      check_time("the cache's negative_ttl", options.negative_ttl, 1),
                      check_part("refresh_ahead", options.refresh_ahead, 0.9),
                      check_time("the cache's soft_timeout", options.soft_timeout, 0),
                      check_time("the cache's hard_timeout", options.hard_timeout, 0),
                      check_time("the cache's retry_after_failure", options.retry_after_failure, 0),
                      check_time("the cache's lease", options.lease, 1),
                      check_time("the cache's staleness_bound", options.staleness_bound, 100),
                      check_time("the cache's store_timeout", options.store_timeout, 1)});
}

Status check_policy(const CachePolicy& policy) {
    // Each hit with a policy comes by here: sentences are made only when they are needed.
    if (policy.tags.empty() && fits(policy.ttl, 1) && fits(policy.stale_for, 0) &&
        fits(policy.negative_ttl, 1) && fits(policy.soft_timeout, 0) &&
        fits(policy.hard_timeout, 0))
        return {};
    if (policy.tags.size() > tags_max)
        return refused("an entry has at most 16 tags, not " + std::to_string(policy.tags.size()));
    for (const std::string& tag : policy.tags)
        if (Status bad = check_tag(tag); !bad) return bad;
    return first_bad({check_time("ttl", policy.ttl, 1),
                      check_time("stale_for", policy.stale_for, 0),
                      check_time("negative_ttl", policy.negative_ttl, 1),
                      check_time("soft_timeout", policy.soft_timeout, 0),
                      check_time("hard_timeout", policy.hard_timeout, 0)});
}

Status check_key(std::string_view key) {
    return check_bytes("a cache key", key, key_bytes_max);
}

Status check_tag(std::string_view tag) {
    return check_bytes("a tag", tag, tag_bytes_max);
}

Status check_pattern(std::string_view pattern) {
    return check_bytes("a pattern", pattern, key_bytes_max);
}

bool are_equal(const CacheOptions& a, const CacheOptions& b) {
    const auto all = [](const CacheOptions& o) {
        return std::tie(o.name,
                        o.memory_bytes_max,
                        o.in_store,
                        o.ttl,
                        o.ttl_jitter,
                        o.stale_for,
                        o.negative_ttl,
                        o.refresh_ahead,
                        o.soft_timeout,
                        o.hard_timeout,
                        o.retry_after_failure,
                        o.lease,
                        o.staleness_bound,
                        o.store_timeout,
                        o.background_loads_max);
    };
    return all(a) == all(b);
}

CachePolicy merged(const CachePolicy& first, const CachePolicy& second) {
    CachePolicy policy = first;
    if (!policy.ttl) policy.ttl = second.ttl;
    if (!policy.stale_for) policy.stale_for = second.stale_for;
    if (!policy.negative_ttl) policy.negative_ttl = second.negative_ttl;
    if (policy.tags.empty()) policy.tags = second.tags;
    if (!policy.soft_timeout) policy.soft_timeout = second.soft_timeout;
    if (!policy.hard_timeout) policy.hard_timeout = second.hard_timeout;
    return policy;
}

Terms terms_of(const CachePolicy& policy, const CacheOptions& options) {
    return {.ttl = policy.ttl.value_or(options.ttl).count(),
            .stale_for = policy.stale_for.value_or(options.stale_for).count(),
            .negative_ttl = policy.negative_ttl.value_or(options.negative_ttl).count(),
            .soft_timeout = policy.soft_timeout.value_or(options.soft_timeout).count(),
            .hard_timeout = policy.hard_timeout.value_or(options.hard_timeout).count(),
            .tags = policy.tags};
}

}  // namespace toril::cache

#pragma once

// What is asked for: options and policies are checked once, where they come in, and what is not
// set in a policy comes from the options.

#include <toril/cache.hpp>
#include <toril/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace toril::cache {

/// The checks answer one error that names the member and what it may be.
Status check_options(const CacheOptions& options);
Status check_policy(const CachePolicy& policy);
Status check_key(std::string_view key);
Status check_tag(std::string_view tag);
Status check_pattern(std::string_view pattern);

bool are_equal(const CacheOptions& a, const CacheOptions& b);

/// `first` where it says something, else `second`.
CachePolicy merged(const CachePolicy& first, const CachePolicy& second);

/// A policy with nothing left open. Times in milliseconds.
struct Terms {
    std::int64_t ttl = 0;  // without jitter
    std::int64_t stale_for = 0;
    std::int64_t negative_ttl = 0;
    std::int64_t soft_timeout = 0;
    std::int64_t hard_timeout = 0;
    std::vector<std::string> tags{};

    bool has_timeout() const noexcept { return soft_timeout > 0 || hard_timeout > 0; }
};
Terms terms_of(const CachePolicy& policy, const CacheOptions& options);

}  // namespace toril::cache

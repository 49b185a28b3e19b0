#pragma once

// What a cache keeps of one key in memory. Times are milliseconds of a steady clock.

#include <toril/cache.hpp>

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace toril {

struct CacheValue::Block {
    std::string bytes{};
    bool negative = false;
    std::vector<std::string> tags{};
    std::int64_t refresh_at = 0;   // from then on a read loads anew in the background
    std::int64_t fresh_until = 0;  // then it is stale
    std::int64_t kept_until = 0;   // then it is gone
    std::int64_t load_ms = 0;
    /// The life of the marks (see src/cache/marks.hpp), and their latest number when it was loaded.
    std::uint64_t epoch = 0;
    std::uint64_t generation = 0;
    /// The latest number at which it was found to be valid: a hit need not look at marks before it.
    mutable std::atomic<std::uint64_t> valid_at{0};
};

}  // namespace toril

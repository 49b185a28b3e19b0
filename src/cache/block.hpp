#pragma once

// What a cache keeps of one key in memory. Times are milliseconds of a steady clock.

#include <toril/cache.hpp>

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace toril {

struct CacheValue::Block {
    // First what each hit looks at: it shares a cache line with the counts of the shared_ptr.
    std::int64_t kept_until = 0;   // then it is gone
    std::int64_t fresh_until = 0;  // then it is stale
    std::int64_t refresh_at = 0;   // from then on a read loads anew in the background
    std::string bytes{};
    bool negative = false;
    std::vector<std::string> tags{};
    std::int64_t load_ms = 0;
    /// The latest of the marks (see src/cache/marks.hpp) when it was asked for.
    std::uint64_t generation = 0;
    /// The latest of the marks at which it was found to be valid: a hit need not look at those
    /// before it. Relaxed: who reads an old value looks once more.
    mutable std::atomic<std::uint64_t> valid_at{0};
    /// A load failed: served as stale until then without another try.
    mutable std::atomic<std::int64_t> retry_at{0};
};

}  // namespace toril

#pragma once

// Which counts the store has not been told yet, so that all processes can be summed up.

#include "base/mutex.hpp"
#include "cache/counters.hpp"

#include <toril/cache.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <string>

namespace toril::cache {

/// Threads: any.
class Tally {
public:
    using Counts = std::map<std::string, std::uint64_t>;

    /// What is to be told now: at most once a second unless `at_once`, and never two at a time.
    /// Empty: nothing. To be followed by `told`.
    Counts take(const Counters& counters, std::int64_t now_ms, bool at_once);
    /// Whether the store has it; else it is told again.
    void told(bool stored);

private:
    std::atomic<std::int64_t> next_ms_{0};  // read before the lock: most calls are too early
    base::Mutex mutex_{};
    Counters::Sums told_ TORIL_GUARDED_BY(mutex_){};
    Counters::Sums telling_ TORIL_GUARDED_BY(mutex_){};
    bool is_telling_ TORIL_GUARDED_BY(mutex_) = false;
};

/// The counts of all processes as the stats of one.
CacheStats stats_of(const Tally::Counts& counts);

}  // namespace toril::cache

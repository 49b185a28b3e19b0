#pragma once

// Counts that many threads add to without sharing a cache line: each core has its own.

#include <sched.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace toril::cache {

enum class Count : unsigned char {
    hits_memory,
    hits_store,
    hits_negative,
    hits_stale,
    misses,
    loads,
    load_failures,
    load_time_ms,
    coalesced,
    fills_refused,
    sets,
    removals,
    invalidations,
    store_failures,
    unreadable,
    feed_losses,
    last,
};

class Counters {
public:
    static constexpr std::size_t size = static_cast<std::size_t>(Count::last);
    using Sums = std::array<std::uint64_t, size>;

    void add(Count what, std::uint64_t by = 1) noexcept {
        const auto core = static_cast<unsigned>(sched_getcpu());
        // Relaxed: nothing is published by a count.
        stripes_[core % stripes_.size()].counts[static_cast<std::size_t>(what)].fetch_add(
            by, std::memory_order_relaxed);
    }

    /// For statistics: what is counted meanwhile is in it or not.
    Sums sums() const noexcept {
        Sums sums{};
        for (const Stripe& stripe : stripes_)
            for (std::size_t i = 0; i < size; ++i)
                sums[i] += stripe.counts[i].load(std::memory_order_relaxed);
        return sums;
    }

private:
    struct alignas(64) Stripe {
        std::array<std::atomic<std::uint64_t>, size> counts{};
    };

    std::array<Stripe, 32> stripes_{};
};

}  // namespace toril::cache

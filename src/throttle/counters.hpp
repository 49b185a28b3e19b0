#pragma once

// Counts of decisions. Each thread counts in a place of its own, as millions a second would
// otherwise wait for one cache line.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace toril::throttle {

/// Threads: any. For statistics only: relaxed, they order nothing.
class Counters {
public:
    enum What : unsigned char {
        allowed,
        refused,
        refused_remembered,
        local,
        carried_over,
        store_failures,
        kinds
    };

    void add(What what, std::uint64_t by = 1) {
        places_[place()].counts[what].fetch_add(by, std::memory_order_relaxed);
    }
    std::uint64_t sum(What what) const {
        std::uint64_t sum = 0;
        for (const Place& place : places_)
            sum += place.counts[what].load(std::memory_order_relaxed);
        return sum;
    }

private:
    struct alignas(64) Place {
        std::array<std::atomic<std::uint64_t>, kinds> counts{};
    };

    static std::size_t place() {
        static std::atomic<std::size_t> next{0};
        thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed);
        return mine % places;
    }

    static constexpr std::size_t places = 16;
    std::array<Place, places> places_{};
};

}  // namespace toril::throttle

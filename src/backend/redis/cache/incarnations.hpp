#pragma once

// Names for lives of marks. Each call that may have to make marks brings one along, so they must
// be cheap; and no two may ever be the same, or what an earlier life had would be valid again.

#include <atomic>
#include <cstdint>
#include <random>
#include <string>

namespace toril::redis_store {

/// Threads: any.
class Incarnations {
public:
    /// 16 hex digits. Never the same twice, and by chance alone that of another process.
    std::string next() {
        // A counter from a random start, through a mixing that is one to one (splitmix64).
        std::uint64_t mixed = count_.fetch_add(step, std::memory_order_relaxed);
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9u;
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBu;
        mixed ^= mixed >> 31;
        std::string digits(16, '0');
        for (char& digit : digits) {
            digit = "0123456789abcdef"[mixed & 15];
            mixed >>= 4;
        }
        return digits;
    }

private:
    static constexpr std::uint64_t step = 0x9E3779B97F4A7C15u;

    static std::uint64_t random_start() {
        std::random_device device;
        return std::uint64_t{device()} << 32 | device();
    }

    std::atomic<std::uint64_t> count_{random_start()};
};

}  // namespace toril::redis_store

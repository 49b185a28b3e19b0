#pragma once

// Random numbers that are the same everywhere for the same seed: SplitMix64.

#include <cstdint>
#include <initializer_list>
#include <vector>

namespace toril::model {

class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return z ^ (z >> 31);
    }

    /// From 0 to `bound` - 1. REQUIRES: `bound` is not 0.
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }

    bool one_in(std::size_t n) { return below(n) == 0; }

    template <class T>
    T pick(std::initializer_list<T> of) {
        return *(of.begin() + below(of.size()));
    }
    template <class T>
    const T& pick(const std::vector<T>& of) {
        return of[below(of.size())];
    }

private:
    std::uint64_t state_;
};

}  // namespace toril::model

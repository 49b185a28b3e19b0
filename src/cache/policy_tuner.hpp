#pragma once

// Finds out how large the window should be, and what more or less memory would bring.
//
// Five shadows with windows of 1, 10, 25, 50 and 80 % see a sample of the requests. The window
// goes towards that of the one that hits most. Four more have 0.5, 1, 2 and 4 times the room.

#include "cache/policy_shadow.hpp"
#include "cache/policy_sketch.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace toril::cache {

class WindowTuner {
public:
    /// `sample_max`: entries of a shadow. 0: none; then the window stays as it is.
    WindowTuner(std::uint64_t capacity, std::size_t sample_max, std::uint64_t seed);

    /// A request; `missed` in the cache itself. Answers whether the window has changed.
    bool access(std::uint64_t hash, std::uint32_t weight, bool missed);
    void forget(std::uint64_t hash);
    void clear();

    double window() const { return window_; }
    /// Hit rate by multiple of the size. Empty until something was learned.
    std::map<double, double> what_if() const;
    std::size_t bytes() const;

private:
    struct Arm {
        Shadow shadow;
        double share = 0;        // of the window
        std::uint64_t hits = 0;  // in this period
        double rate = -1;        // over the last periods; less than 0: unknown
    };
    struct Scale {
        Shadow shadow;
        double scale = 1;
        double hits = 0;
        double requests = 0;
    };

    bool is_sampled(std::uint64_t hash, unsigned bits) const;
    void build();
    void fit_sample();
    void set_bits(unsigned bits);
    void access_scales(std::uint64_t hash, std::uint32_t weight);
    bool decide();

    const std::uint64_t capacity_;
    const std::size_t sample_max_;
    const std::uint64_t seed_;
    FrequencySketch sketch_{};
    std::vector<Arm> arms_{};
    std::vector<Scale> scales_{};
    unsigned bits_ = 0;  // one key in 2^bits is sampled
    std::size_t best_ = 0;
    double window_;
    std::uint64_t requests_ = 0;  // sampled, in this period
    std::int64_t credit_ = 0;     // sampled hits that are worth a look until the next miss
};

}  // namespace toril::cache

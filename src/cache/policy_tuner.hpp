#pragma once

// Finds out how large the window should be, and what more or less memory would bring.
//
// Five shadows with windows of 1, 10, 25, 50 and 90 % see a sample of the requests. The window
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
    /// `window`: to begin with. `sample_max`: entries of a shadow; 0: none, the window stays.
    WindowTuner(std::uint64_t capacity, double window, std::size_t sample_max, std::uint64_t seed);

    /// A request; `missed` in the cache itself. Answers whether the window has changed.
    bool access(std::uint64_t hash, std::uint32_t weight, bool missed);
    void forget(std::uint64_t hash);
    void set_capacity(std::uint64_t capacity);

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
    };

    bool is_sampled(std::uint64_t hash, unsigned bits) const;
    void fit_sample();
    void set_bits(unsigned bits);
    void access_scales(std::uint64_t hash, std::uint32_t weight);
    void skip_scales(std::uint64_t hash);
    bool decide();

    const std::size_t sample_max_;
    std::uint64_t capacity_;
    FrequencySketch sketch_{};
    double window_;

    std::vector<Arm> arms_{};
    std::size_t best_ = 0;        // of the arms
    unsigned bits_ = 0;           // one key in 2^bits is sampled
    std::uint64_t requests_ = 0;  // sampled, in this period
    std::int64_t credit_ = 0;     // sampled hits that are worth a look until the next miss

    // These see half of the sample.
    std::vector<Scale> scales_{};
    double scale_requests_ = 0;
    double asked_ = 0;  // as many as the sample should have had
    double scale_share_ = 0.5;
};

}  // namespace toril::cache

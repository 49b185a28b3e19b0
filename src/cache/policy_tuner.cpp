#include "cache/policy_tuner.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace toril::cache {

namespace {

constexpr std::array arm_shares{0.01, 0.10, 0.25, 0.50, 0.90};
constexpr std::array scale_factors{0.5, 1.0, 2.0, 4.0};
constexpr std::uint64_t period_per_entry = 4;  // requests in a period, per entry of the sample
constexpr double rate_smoothing = 0.3;         // weight of the last period
constexpr double rate_advantage_min = 0.003;   // an arm must hit so much more to be followed
constexpr double window_step_max = 0.15;       // of the capacity, in one period
// A cache of which at least every fourth key is followed turns over within a period: the window
// goes there at once. On the way it would be worse than at either end.
constexpr unsigned small_bits = 2;
constexpr double scale_memory = 64;  // periods' worth of requests that are remembered
// In a cache that hits nearly always the shadows would cost most and teach least: of the hits
// between two misses only so many go through them.
constexpr std::int64_t credit_per_miss = 32;
constexpr std::int64_t credit_max = 4096;

}  // namespace

WindowTuner::WindowTuner(std::uint64_t capacity,
                         double window,
                         std::size_t sample_max,
                         std::uint64_t seed)
    : sample_max_(sample_max), capacity_(capacity), window_(window) {
    if (sample_max == 0) return;
    for (const double share : arm_shares)
        arms_.push_back({.shadow = Shadow(capacity, share, seed), .share = share});
    for (const double scale : scale_factors)
        scales_.push_back({.shadow = Shadow(capacity, window, seed), .scale = scale});
    set_bits(0);
}

// The shadows follow when it is worth it.
void WindowTuner::set_capacity(std::uint64_t capacity) {
    const std::uint64_t change = capacity > capacity_ ? capacity - capacity_ : capacity_ - capacity;
    if (change <= capacity_ / 64) return;
    capacity_ = capacity;
    set_bits(bits_);
}

bool WindowTuner::is_sampled(std::uint64_t hash, unsigned bits) const {
    const std::uint64_t mixed = (hash ^ (hash >> 31)) * 0xd6e8feb86659fd93u;
    return (mixed >> 32 & ((std::uint64_t{1} << bits) - 1)) == 0;
}

bool WindowTuner::access(std::uint64_t hash, std::uint32_t weight, bool missed) {
    if (missed) credit_ = std::min(credit_ + credit_per_miss, credit_max);
    if (arms_.empty()) return false;
    asked_ += scale_share_;
    if (!is_sampled(hash, bits_)) return false;
    ++requests_;
    if (missed || credit_ > 0) {
        --credit_;
        sketch_.increment(hash);
        for (Arm& arm : arms_)
            arm.hits += arm.shadow.access(hash, weight, sketch_) ? 1 : 0;
        access_scales(hash, weight);
        fit_sample();
    } else {
        for (Arm& arm : arms_)
            ++arm.hits;
        skip_scales(hash);
    }
    const std::size_t entries = std::max<std::size_t>(arms_[best_].shadow.size(), 16);
    return requests_ >= entries * period_per_entry && decide();
}

void WindowTuner::access_scales(std::uint64_t hash, std::uint32_t weight) {
    if (!is_sampled(hash, bits_ + 1)) return;
    ++scale_requests_;
    for (Scale& scale : scales_)
        scale.hits += scale.shadow.access(hash, weight, sketch_) ? 1 : 0;
}

// A hit that is not worth a look.
void WindowTuner::skip_scales(std::uint64_t hash) {
    if (!is_sampled(hash, bits_ + 1)) return;
    ++scale_requests_;
    for (Scale& scale : scales_)
        ++scale.hits;
}

void WindowTuner::forget(std::uint64_t hash) {
    if (arms_.empty() || !is_sampled(hash, bits_)) return;
    for (Arm& arm : arms_)
        arm.shadow.remove(hash);
    for (Scale& scale : scales_)
        scale.shadow.remove(hash);
}

// Entries may be small or large, so only their number tells how many keys to follow.
void WindowTuner::fit_sample() {
    const Shadow& shadow = arms_.back().shadow;
    sketch_.fit(shadow.size());
    if (shadow.size() > sample_max_)
        set_bits(bits_ + 1);
    else if (bits_ > 0 && shadow.is_full() && shadow.size() < sample_max_ / 4)
        set_bits(bits_ - 1);
}

void WindowTuner::set_bits(unsigned bits) {
    // What was counted in a larger sample counts for less.
    const double worth = std::ldexp(1.0, static_cast<int>(bits_) - static_cast<int>(bits));
    asked_ *= worth;
    scale_requests_ *= worth;
    bits_ = bits;
    scale_share_ = std::ldexp(1.0, -static_cast<int>(bits + 1));
    for (Arm& arm : arms_) {
        arm.shadow.keep([&](std::uint64_t hash) { return is_sampled(hash, bits); });
        arm.shadow.set_capacity(capacity_ >> bits);
    }
    for (Scale& scale : scales_) {
        const auto room = static_cast<std::uint64_t>(static_cast<double>(capacity_) * scale.scale);
        scale.hits *= worth;
        scale.shadow.keep([&](std::uint64_t hash) { return is_sampled(hash, bits + 1); });
        scale.shadow.set_capacity(room >> (bits + 1));
    }
}

// The end of a period.
bool WindowTuner::decide() {
    const auto requests = static_cast<double>(requests_);
    for (Arm& arm : arms_) {
        const double rate = static_cast<double>(arm.hits) / requests;
        arm.rate = arm.rate < 0 ? rate : arm.rate + (rate - arm.rate) * rate_smoothing;
        arm.hits = 0;
    }
    requests_ = 0;
    if (scale_requests_ > scale_memory * static_cast<double>(sample_max_)) {
        asked_ /= 2;
        scale_requests_ /= 2;
        for (Scale& scale : scales_)
            scale.hits /= 2;
    }
    const auto best = std::max_element(
        arms_.begin(), arms_.end(), [](const Arm& a, const Arm& b) { return a.rate < b.rate; });
    if (best->rate > arms_[best_].rate + rate_advantage_min)
        best_ = static_cast<std::size_t>(best - arms_.begin());
    const double way = arms_[best_].share - window_;
    if (way == 0) return false;
    const double step = bits_ <= small_bits ? 1.0 : window_step_max;
    window_ += std::clamp(way, -step, step);
    for (Scale& scale : scales_)
        scale.shadow.set_window(window_);
    return true;
}

// A sample that has one of the most popular keys, or none, has too many requests or too few. Those
// are hits with any size, so the difference to what is to be expected is put right there (as SHARDS
// does).
std::map<double, double> WindowTuner::what_if() const {
    std::map<double, double> rates;
    if (scale_requests_ < static_cast<double>(sample_max_)) return rates;
    for (const Scale& scale : scales_)
        rates[scale.scale] = std::clamp((scale.hits + asked_ - scale_requests_) / asked_, 0.0, 1.0);
    return rates;
}

std::size_t WindowTuner::bytes() const {
    std::size_t bytes = sketch_.bytes();
    for (const Arm& arm : arms_)
        bytes += arm.shadow.bytes();
    for (const Scale& scale : scales_)
        bytes += scale.shadow.bytes();
    return bytes;
}

}  // namespace toril::cache

#include "cache/tier_reads.hpp"

#if defined(__linux__)
#include <sched.h>
#endif

#include <algorithm>
#include <bit>
#include <thread>

namespace toril::cache {

namespace {

constexpr unsigned stripes_max = 8;

// So many reads without a put, and only one in four, or sixteen, is noted.
constexpr std::uint32_t told_enough = 1024;
constexpr std::uint32_t told_plenty = 8192;
constexpr std::uint32_t skip_many = 3;
constexpr std::uint32_t skip_most = 15;

}  // namespace

TierReads::TierReads()
    : all_(std::bit_ceil(std::clamp(std::thread::hardware_concurrency(), 1u, stripes_max))) {}

void TierReads::tell(Policy& policy) {
    for (Notes& notes : all_) {
        const std::uint32_t count = notes.count.load(std::memory_order_relaxed);
        for (std::uint32_t i = 0; i < count; ++i)
            policy.on_hit(notes.slots[i].load(std::memory_order_relaxed));
        if (count > 0) notes.count.store(0, std::memory_order_relaxed);
        told_ += count;
    }
    if (told_ >= told_enough) set_skip_mask(told_ >= told_plenty ? skip_most : skip_many);
    told_ = std::min(told_, told_plenty);
}

void TierReads::on_put() {
    told_ /= 2;
    if (told_ < told_enough) set_skip_mask(0);
}

void TierReads::set_skip_mask(std::uint32_t mask) {
    if (skip_mask_.load(std::memory_order_relaxed) == mask) return;
    skip_mask_.store(mask, std::memory_order_relaxed);
}

// Threads on different processors write to different cache lines.
std::size_t TierReads::stripe() const {
#if defined(__linux__)
    const auto here = static_cast<std::size_t>(sched_getcpu());
#else
    const std::size_t here = std::hash<std::thread::id>{}(std::this_thread::get_id()) >> 4;
#endif
    return here & (all_.size() - 1);
}

}  // namespace toril::cache

#include "cache/tier_wheel.hpp"

#include <algorithm>

namespace toril::cache {

namespace {

constexpr unsigned tick_bits = 10;  // 1.024 s
constexpr unsigned ring_bits = 6;

constexpr unsigned shift_of(unsigned ring) {
    return tick_bits + ring * ring_bits;
}

// In the same order, and never negative.
std::uint64_t unsigned_of(std::int64_t time) {
    return static_cast<std::uint64_t>(time) ^ (std::uint64_t{1} << 63);
}

}  // namespace

TierWheel::TierWheel() {
    links_.reserve(line + 512);  // the first entries of a small cache must not double all heads
    clear();
}

void TierWheel::clear() {
    links_.assign(line + 1, {});
    for (Index head = 0; head <= line; ++head)
        links_[head] = {.before = head, .after = head};
}

void TierWheel::advance(std::int64_t now_ms) {
    const std::uint64_t now = unsigned_of(now_ms);
    if (!started_) now_ = now;
    started_ = true;
    if (now <= now_) return;
    for (unsigned ring = 0; ring < rings; ++ring) {
        const std::uint64_t from = now_ >> shift_of(ring);
        const std::uint64_t turns =
            std::min<std::uint64_t>((now >> shift_of(ring)) - from, ring_size);
        if (turns == 0) break;  // wider ones have not turned either
        for (std::uint64_t turn = 1; turn <= turns; ++turn)
            put_in_line(ring * ring_size + static_cast<Index>((from + turn) % ring_size));
    }
    now_ = now;
}

void TierWheel::add(Slot slot, std::int64_t ends_at_ms) {
    const Index link = index_of(slot);
    if (links_.size() <= link) links_.resize(link + 1);
    if (links_[link].after != nowhere) unlink(link);
    append(bucket_of(unsigned_of(ends_at_ms)), link);
}

void TierWheel::remove(Slot slot) {
    const Index link = index_of(slot);
    if (link < links_.size() && links_[link].after != nowhere) unlink(link);
}

Slot TierWheel::take() {
    const Index first = links_[line].after;
    if (first == line) return no_slot;
    unlink(first);
    return first - line;
}

TierWheel::Index TierWheel::bucket_of(std::uint64_t ends_at) const {
    constexpr std::uint64_t longest = (std::uint64_t{1} << shift_of(rings)) - 1;
    const std::uint64_t ahead = ends_at > now_ ? std::min(ends_at - now_, longest) : 0;
    unsigned ring = 0;
    while (ahead >> shift_of(ring + 1) != 0)
        ++ring;
    // In the first ring the bucket after it, so that what is taken from there has ended. A wider
    // one comes up before that, and its entries are added again.
    const std::uint64_t turn = ((now_ + ahead) >> shift_of(ring)) + (ring == 0 ? 1 : 0);
    return ring * ring_size + static_cast<Index>(turn % ring_size);
}

void TierWheel::append(Index list, Index link) {
    const Index last = links_[list].before;
    links_[link] = {.before = last, .after = list};
    links_[last].after = link;
    links_[list].before = link;
}

void TierWheel::unlink(Index link) {
    links_[links_[link].before].after = links_[link].after;
    links_[links_[link].after].before = links_[link].before;
    links_[link] = {};
}

void TierWheel::put_in_line(Index bucket) {
    const Index first = links_[bucket].after;
    if (first == bucket) return;
    const Index last = links_[bucket].before;
    const Index end = links_[line].before;
    links_[end].after = first;
    links_[first].before = end;
    links_[last].after = line;
    links_[line].before = last;
    links_[bucket] = {.before = bucket, .after = bucket};
}

}  // namespace toril::cache

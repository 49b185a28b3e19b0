#pragma once

// Which entries have ended, without looking at the others: a hierarchical timer wheel. No clock.
//
// Seven rings of 64 buckets; a bucket is 1.024 s wide in the first ring, and 64 times as wide in
// each next one: 1.1 min, 1.2 h, 3.1 days, half a year and so on, beyond any time to live. When
// its time comes, a bucket's entries are put in line as a whole, and the caller takes from the
// line as many as it has time for: what has ended, and what a wide bucket had too early, which
// goes back into a narrower one. So the work of a call is bounded, however many end at once.

#include "cache/policy_window.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace toril::cache {

class TierWheel {
public:
    TierWheel();

    /// Milliseconds of any clock. One that goes back stands still.
    void advance(std::int64_t now_ms);
    void add(Slot slot, std::int64_t ends_at_ms);
    /// Nothing if it is not there.
    void remove(Slot slot);
    /// Takes the next in line: it has ended, or is to be added again. `no_slot`: none.
    Slot take();
    void clear();

    std::size_t bytes() const { return links_.capacity() * sizeof(Link); }

private:
    // A list is a ring of links through a head, so that an entry leaves it without knowing which
    // one it is in: the line takes over the lists of buckets as they are.
    using Index = std::uint32_t;
    static constexpr unsigned rings = 7;
    static constexpr unsigned ring_size = 64;
    static constexpr Index line = rings * ring_size;  // heads of buckets are before it
    static constexpr Index nowhere = 0xffffffff;

    struct Link {
        Index before = nowhere;
        Index after = nowhere;
    };

    static Index index_of(Slot slot) { return line + slot; }  // slots begin with 1
    Index bucket_of(std::uint64_t ends_at) const;
    void append(Index list, Index link);
    void unlink(Index link);
    void put_in_line(Index bucket);

    std::vector<Link> links_{};
    std::uint64_t now_ = 0;
    bool started_ = false;
};

}  // namespace toril::cache

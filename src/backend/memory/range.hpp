#pragma once

// Pages of anything that has an order. BullMQ's positions: 0 is the first, -1 the last, and both
// ends are in.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace toril::memory {

struct Range {
    std::size_t first = 0;
    std::size_t count = 0;
};

inline Range range_of(std::int64_t start, std::int64_t end, std::size_t size) {
    const auto length = static_cast<std::int64_t>(size);
    if (start < 0) start = std::max<std::int64_t>(start + length, 0);
    if (end < 0) end += length;
    end = std::min(end, length - 1);
    if (start > end) return {};
    return {static_cast<std::size_t>(start), static_cast<std::size_t>(end - start + 1)};
}

template <class Iterator, class Visit>
void visit_range(Iterator at, Range range, Visit visit) {
    std::advance(at, static_cast<std::ptrdiff_t>(range.first));
    for (std::size_t i = 0; i < range.count; ++i, ++at)
        visit(*at);
}

}  // namespace toril::memory

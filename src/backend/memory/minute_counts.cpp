#include "backend/memory/minute_counts.hpp"

#include "backend/memory/range.hpp"

#include <algorithm>

namespace toril::memory {

// The minute that is under way is not in the list: its number is known when it is over. Minutes
// in which nothing ended stand in front of the one that is counted, as BullMQ has it.
void MinuteCounts::count(int points_max, Timestamp now) {
    const std::int64_t before = count_++;
    if (previous_at_ == Timestamp{}) {
        previous_at_ = now;
        return;
    }
    const auto minute = [](Timestamp at) { return at.time_since_epoch().count() / 60'000; };
    const std::int64_t passed =
        std::min<std::int64_t>(minute(now) - minute(previous_at_), points_max);
    if (passed <= 0) return;
    minutes_.push_front(before - previous_count_);
    minutes_.insert(minutes_.begin(), static_cast<std::size_t>(passed - 1), 0);
    if (minutes_.size() > static_cast<std::size_t>(points_max))
        minutes_.resize(static_cast<std::size_t>(points_max));
    previous_count_ = before;
    previous_at_ = now;
}

contract::Metrics MinuteCounts::page(std::int64_t start, std::int64_t end) const {
    contract::Metrics metrics{.count = count_,
                              .previous_at = previous_at_,
                              .previous_count = previous_count_,
                              .data = {},
                              .points = minutes_.size()};
    visit_range(minutes_.begin(), range_of(start, end, minutes_.size()), [&](std::int64_t minute) {
        metrics.data.push_back(minute);
    });
    return metrics;
}

}  // namespace toril::memory

#pragma once

// Finished jobs per minute, as BullMQ counts them (bullmq-wire 3.4.1).

#include "contract/event.hpp"

#include <cstdint>
#include <deque>

namespace toril::memory {

class MinuteCounts {
public:
    /// One more. Keeps at most `points_max` minutes.
    void count(int points_max, Timestamp now);

    contract::Metrics page(std::int64_t start, std::int64_t end) const;

private:
    std::int64_t count_ = 0;
    Timestamp previous_at_{};
    std::int64_t previous_count_ = 0;
    std::deque<std::int64_t> minutes_{};  // the newest first
};

}  // namespace toril::memory

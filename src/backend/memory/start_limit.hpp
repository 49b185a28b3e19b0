#pragma once

// How many jobs may start in a time: fixed windows that open with the first start, or a pause
// that somebody asked for (bullmq-wire 3.3).

#include "contract/job_store.hpp"

#include <cstdint>
#include <limits>
#include <optional>

namespace toril::memory {

class StartLimit {
public:
    /// More starts than any limit allows: what `hold` sets. BullMQ's number.
    static constexpr std::int64_t held = 9'007'199'254'740'991;

    /// What is left of the window if it is used up.
    Millis left(std::int64_t max, Timestamp now) const;

    void count(Millis window, Timestamp now);

    /// No start for so long; 0: at once.
    void hold(Millis duration, Timestamp now);

private:
    std::int64_t starts_ = 0;
    Timestamp ends_at_{};
};

/// The queue's limit goes before the worker's, but the worker's window before the queue's.
std::optional<contract::RateLimit> joined(const std::optional<contract::RateLimit>& queue,
                                          const std::optional<contract::RateLimit>& worker);

}  // namespace toril::memory

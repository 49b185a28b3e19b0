#pragma once

// From what is known to a report: the status, and in one line why.

#include "health/store_judge.hpp"

#include <toril/health.hpp>

#include <optional>
#include <string>
#include <vector>

namespace toril::health {

/// All that is known at one time.
struct Sight {
    std::string kind{};  // of the store
    std::string url{};   // masked
    Verdict verdict{};
    std::chrono::microseconds rtt{0};
    std::vector<LinkHealth> links{};
    std::vector<Fallback> fallbacks{};
    std::vector<ServiceHealth> checks{};
    std::vector<QueueProgress> queues{};
    std::optional<double> cache_hit_rate{};
    std::string warning{};  // of the server's own state
};

/// Without `at` and `since`.
HealthReport make_report(Sight sight, const HealthOptions& options, SteadyTime now);

/// "350 ms", "12 s", "3 min", "5 h"
std::string roughly(Millis duration);

}  // namespace toril::health

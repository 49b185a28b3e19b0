#pragma once

// Statistics as samples. docs/reference/metrics.md lists every name; a test compares them.

#include <toril/cache.hpp>
#include <toril/health.hpp>
#include <toril/lock.hpp>
#include <toril/metrics.hpp>
#include <toril/throttle.hpp>
#include <toril/worker.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace toril::health {

void write_cache(const CacheStats& stats, std::string_view cache, MetricsWriter& writer);
void write_locks(const LockStats& stats, std::string_view name, MetricsWriter& writer);
void write_throttle(const ThrottleStats& stats, std::string_view name, MetricsWriter& writer);
void write_worker(const WorkerStats& stats,
                  std::string_view queue,
                  std::string_view name,
                  MetricsWriter& writer);

/// What a Health knows.
struct HealthFigures {
    const HealthReport& report;
    std::string_view kind{};  // of the store
    std::uint64_t transitions = 0;
    const std::optional<ServerInfo>& server;
};
void write_health(const HealthFigures& figures, MetricsWriter& writer);

}  // namespace toril::health

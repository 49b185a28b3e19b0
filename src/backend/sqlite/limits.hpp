#pragma once

// How many jobs may start in a time (bullmq-wire 3.3), and how many ended in each minute.

#include "backend/sqlite/session.hpp"
#include "contract/job_store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace toril::sqlite {

Status set_rate_limit(Session& session,
                      const std::string& queue,
                      const std::optional<contract::RateLimit>& limit);
Status rate_limit_for(Session& session, const std::string& queue, Millis duration, Timestamp now);
Millis rate_limit_ttl(Session& session, const std::string& queue, std::int64_t max, Timestamp now);
std::vector<std::uint64_t> counts_per_priority(Session& session,
                                               const std::string& queue,
                                               const std::vector<int>& priorities);
contract::Metrics metrics(Session& session, const contract::MetricsParams& params);

/// The limit that holds for a worker: the queue's goes before its own, but its own window before
/// the queue's.
std::optional<contract::RateLimit> limit_for(const QueueRow& queue, const contract::Taker& taker);

/// Counts what a call has finished, if its worker wants that.
void count_finished(Session& session,
                    const QueueRow& queue,
                    const contract::FinishAndTakeParams& call,
                    const std::vector<Status>& finished,
                    std::int64_t now_ms);

}  // namespace toril::sqlite

#pragma once

// Adds that mean the same, by BullMQ 6's rules (bullmq-wire 3.2.6).

#include "backend/sqlite/session.hpp"
#include "contract/job_store.hpp"

#include <optional>
#include <string_view>

namespace toril::sqlite {

/// A job on its way into a queue.
struct Arrival {
    std::int64_t key = 0;  // what it would get
    JobId id{};
    std::int64_t timestamp_ms = 0;
};

/// Claims the deduplication id of a job that is about to be added. Answers who holds it, if that
/// is another: then the job is not to be added.
std::optional<JobId> claim_deduplication(Session& session,
                                         QueueRow& queue,
                                         const contract::AddJob& job,
                                         const Arrival& arrival,
                                         std::int64_t now_ms);

/// The run of a job has ended for good: its id is free, and the job that waited for that is added.
void end_deduplication(Session& session, QueueRow& queue, const JobHead& job, std::int64_t now_ms);
/// A job is removed.
void drop_deduplication(Session& session,
                        const QueueRow& queue,
                        const JobHead& job,
                        std::int64_t now_ms);

// The contract's operations.
JobId deduplication_holder(Session& session, std::string_view queue, std::string_view id);
bool remove_deduplication(Session& session,
                          std::string_view queue,
                          std::string_view id,
                          std::string_view only_for);

}  // namespace toril::sqlite

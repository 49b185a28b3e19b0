#pragma once

// Job schedulers: the contract's operations, and what others ask of them.

#include "backend/sqlite/session.hpp"
#include "contract/job_store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace toril::sqlite {

Result<contract::ScheduledRun> upsert_scheduler(Session& session,
                                                const contract::UpsertSchedulerParams& params);
Result<bool> continue_scheduler(Session& session, const contract::ContinueSchedulerParams& params);
Result<contract::Scheduler> scheduler(Session& session,
                                      const std::string& queue,
                                      const std::string& id);
std::vector<contract::Scheduler> schedulers(Session& session, const contract::PageParams& params);
Status remove_scheduler(Session& session, const std::string& queue, const std::string& id);

/// Whether `job` is the one that a scheduler's next run hangs on: it cannot be removed or
/// cancelled, only its scheduler can.
bool is_pending_run(Session& session, const QueueRow& queue, std::string_view job);
/// Whether a job is of a scheduler that is still there: such a one does not fail by stalling.
bool has_scheduler(Session& session, const QueueRow& queue, std::string_view job);

/// Its next run was due before this, and is not there or ended without being followed, and not
/// because it was the last.
bool is_stalled(Session& session,
                const QueueRow& queue,
                const contract::Scheduler& scheduler,
                std::int64_t before_ms);
/// Makes its next run anew.
void restart_scheduler(Session& session,
                       QueueRow& queue,
                       const contract::Scheduler& scheduler,
                       std::int64_t now_ms);

}  // namespace toril::sqlite

#pragma once

// What the contract asks for, each as one step inside a transaction. A step checks before its
// first write: one that is refused has written nothing, so it can share its transaction with
// others. Failures of the database are the Session's (see Database), and nothing here looks
// at them.

#include "backend/sqlite/session.hpp"
#include "contract/job_store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace toril::sqlite {

// adding.cpp
std::vector<Result<contract::Added>> add(Session& session, const contract::AddParams& params);

// flows.cpp
std::vector<Result<contract::Added>> add_flow(Session& session,
                                              const contract::AddFlowParams& params);
Result<contract::DependencyPage> dependencies(Session& session,
                                              const contract::DependencyParams& params);
Result<contract::DependencyCounts> dependency_counts(Session& session, const contract::JobRef& ref);
Result<bool> remove_child_dependency(Session& session, const contract::JobRef& ref);

// removing.cpp
Status remove(Session& session, const contract::JobRef& ref, bool children_too);
Result<std::size_t> remove_unprocessed_children(Session& session, const contract::JobRef& ref);

// cancelling.cpp
Result<JobState> cancel(Session& session,
                        const contract::JobRef& ref,
                        std::string_view reason,
                        Timestamp now);

// taking.cpp
Result<contract::FinishedAndTaken> finish_and_take(Session& session,
                                                   const contract::FinishAndTakeParams& call);

// leases.cpp
std::vector<Status> renew(Session& session,
                          std::string_view queue,
                          const std::vector<contract::Lease>& leases,
                          Millis lock_duration,
                          Timestamp now);
/// By expired locks: one check an interval.
std::vector<JobId> recover_stalled(Session& session, const contract::StalledParams& params);

/// A job whose process is gone.
struct Lost {
    std::string queue{};
    JobId id{};
};
/// Puts back what a dead process was working on, and forgets the process.
std::vector<Lost> recover_process(Session& session, std::int64_t process);

// looking.cpp
contract::QueueInfo info(Session& session, const std::string& queue);
JobCounts counts(Session& session, const std::string& queue);
std::vector<Job> page(Session& session, const contract::PageParams& params);
Result<Job> job(Session& session, const contract::JobRef& ref);
Result<contract::LogPage> logs(Session& session, const contract::LogPageParams& params);

// changing.cpp: one job
Status promote(Session& session, const contract::JobRef& ref);
Status change_delay(Session& session, const contract::JobRef& ref, Millis delay, Timestamp now);
Status change_priority(Session& session, const contract::JobRef& ref, int priority, bool lifo);
Status update_data(Session& session, const contract::JobRef& ref, std::string_view data);
Status update_progress(Session& session, const contract::JobRef& ref, std::string_view progress);
Result<std::uint64_t> add_log(Session& session, const contract::LogParams& params);
Status retry(Session& session, const contract::RetryParams& params);

// sweeping.cpp: the whole queue
Result<std::size_t> retry_all(Session& session, const contract::RetryAllParams& params);
Status pause(Session& session, const std::string& queue);
Status resume(Session& session, const std::string& queue);
Status set_concurrency(Session& session, const std::string& queue, std::optional<std::int64_t> max);
std::size_t drain(Session& session, const std::string& queue, bool delayed_too);
Result<std::vector<JobId>> clean(Session& session, const contract::CleanParams& params);
Result<bool> obliterate(Session& session, const std::string& queue, bool force);

// publishing.cpp
Status publish_event(Session& session, const contract::PublishEventParams& params);
Result<std::uint64_t> trim_events(Session& session, const std::string& queue, std::uint64_t kept);

// ---- shared by the steps --------------------------------------------------------------------

Error no_such_job(std::string_view queue, std::string_view id);
Error wrong_state(std::string_view queue, const JobHead& job, std::string_view wanted);
/// The job with its place or lease and everything that hangs on it. Its parent is not told.
void erase_job(Session& session, QueueRow& queue, const JobHead& job);
/// At the end of those that it waits with.
Place enqueue(Session& session, QueueRow& queue, const JobHead& job);
/// As a job that was running or finished: one that is LIFO goes to the front.
Place enqueue_again(Session& session, QueueRow& queue, const JobHead& job);

}  // namespace toril::sqlite

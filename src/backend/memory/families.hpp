#pragma once

// What jobs do to their parents and children, in whatever queues those are (bullmq-wire 3.1,
// 3.4, 3.10, 3.13).

#include "backend/memory/memory_queues.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace toril::memory {

JobKey key_of(const JobRecord& job);

/// Null when it has none, or that is gone.
JobRecord* parent_of(const JobRecord& child);

/// Lets a parent run that waits for children of which none is left.
void release_if_done(JobRecord& parent, Timestamp now);

void child_completed(const JobRecord& child, const std::string& value, Timestamp now);

/// What the child's policy says. Without one the parent goes on waiting.
void child_failed(const JobRecord& child, const std::string& reason, Timestamp now);

/// A finished child is put back: its parent depends on it again, wherever that is by now.
void child_came_back(const JobRecord& child, JobState from);

/// How a job that is removed leaves its parent, if that waits for nothing else.
enum class Leaving : unsigned char {
    soft,  ///< The parent runs.
    hard,  ///< The parent goes too if it is in the same queue; else it runs, without an event.
};
/// Answers whether the parent depended on it.
bool leave_parent(const JobKey& child, JobRecord* parent, Leaving how, Timestamp now);

/// Removes jobs with all that is below them.
class TreeRemoval {
public:
    enum class Below : unsigned char {
        nothing,
        everything,
        unprocessed,  ///< And of those neither what a worker holds, nor what failed.
    };
    TreeRemoval(MemoryQueues& all, Below below, Timestamp now)
        : all_(all), below_(below), now_(now) {}

    /// Whether a worker holds the job, or one below it that would go too.
    bool is_held(const JobRecord& job);

    void remove(JobRecord& job);
    /// Only what is below it.
    void remove_children(JobRecord& job);

    std::size_t removed() const { return removed_; }

private:
    void remove(JobRecord& job, JobRecord* parent);
    void remove_below(JobRecord& job);

    MemoryQueues& all_;
    const Below below_;
    const Timestamp now_;
    std::set<JobKey> seen_{};  // a job may be its own grandchild, if programs link it so
    std::size_t removed_ = 0;
};

// ---- what is asked about one job's family: family_operations.cpp ----

Status remove_job(MemoryQueue& queue, const JobId& id, bool children_too);
Result<contract::DependencyPage> children_page(const MemoryQueue& queue,
                                               const contract::DependencyParams& params);
Result<contract::DependencyCounts> count_children(const MemoryQueue& queue, const JobId& id);
Result<std::size_t> remove_unprocessed_children(MemoryQueue& queue, const JobId& id, Timestamp now);
Result<bool> remove_child_dependency(MemoryQueue& queue, const JobId& id, Timestamp now);

}  // namespace toril::memory

#pragma once

// The jobs in hand. Their locks are renewed until the store has their outcome.

#include "base/mutex.hpp"
#include "worker/running_job.hpp"

#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace toril::worker {

/// Threads: any method, from any thread, at the same time.
class JobRegistry {
public:
    void add(std::span<const RunningJobPtr> jobs) TORIL_EXCLUDES(mutex_) {
        base::MutexLock lock(mutex_);
        for (const RunningJobPtr& job : jobs) {
            job->position = jobs_.size();
            jobs_.push_back(job);
        }
    }

    void remove(std::span<const RunningJobPtr> jobs) TORIL_EXCLUDES(mutex_) {
        base::MutexLock lock(mutex_);
        for (const RunningJobPtr& job : jobs) {
            const std::size_t hole = job->position;
            if (hole >= jobs_.size() || jobs_[hole] != job) continue;
            std::swap(jobs_[hole], jobs_.back());
            jobs_[hole]->position = hole;
            jobs_.pop_back();
        }
    }

    /// Null: not here.
    RunningJobPtr find(std::string_view id) const TORIL_EXCLUDES(mutex_) {
        base::MutexLock lock(mutex_);
        for (const RunningJobPtr& job : jobs_)
            if (job->taken.id == id) return job;
        return nullptr;
    }

    std::vector<RunningJobPtr> all() const TORIL_EXCLUDES(mutex_) {
        base::MutexLock lock(mutex_);
        return jobs_;
    }

private:
    mutable base::Mutex mutex_;
    std::vector<RunningJobPtr> jobs_ TORIL_GUARDED_BY(mutex_);
};

}  // namespace toril::worker

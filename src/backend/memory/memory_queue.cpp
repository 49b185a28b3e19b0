#include "backend/memory/memory_queue.hpp"

#include "backend/memory/range.hpp"

#include <algorithm>

namespace toril::memory {
JobRecord* MemoryQueue::find(const JobId& id) const {
    const auto found = jobs_.records.find(id);
    return found == jobs_.records.end() ? nullptr : found->second.get();
}

Error MemoryQueue::no_such_job(const JobId& id) const {
    return {ErrorCode::not_found, "there is no job \"" + id + "\" in \"" + name_ + "\""};
}

Error MemoryQueue::wrong_state(const JobRecord& job, std::string_view wanted) const {
    return {ErrorCode::wrong_state,
            "job \"" + job.id + "\" of \"" + name_ + "\" is " + std::string(to_string(job.home)) +
                ", not " + std::string(wanted)};
}

std::size_t MemoryQueue::available(Timestamp now) const {
    if (is_blocked()) return 0;
    std::size_t jobs = homes_.size(JobState::waiting) + homes_.size(JobState::prioritized);
    const Timestamp due = next_due();
    if (due != Timestamp{} && due <= now) ++jobs;
    if (!settings_.concurrency) return jobs;
    const auto most = static_cast<std::size_t>(*settings_.concurrency);
    return std::min(jobs, most - homes_.size(JobState::active));
}

Timestamp MemoryQueue::next_due() const {
    const Home& delayed = homes_[JobState::delayed];
    return delayed.empty() ? Timestamp{} : due_at(**delayed.begin());
}

contract::QueueInfo MemoryQueue::info() const {
    return {
        .paused = settings_.paused, .concurrency = settings_.concurrency, .limit = settings_.limit};
}

JobCounts MemoryQueue::counts() const {
    JobCounts counts;
    counts.waiting = homes_.size(JobState::waiting);
    counts.active = homes_.size(JobState::active);
    counts.delayed = homes_.size(JobState::delayed);
    counts.prioritized = homes_.size(JobState::prioritized);
    counts.waiting_children = homes_.size(JobState::waiting_children);
    counts.completed = homes_.size(JobState::completed);
    counts.failed = homes_.size(JobState::failed);
    return counts;
}

// Priority 0: those that wait before all priorities.
std::vector<std::uint64_t> MemoryQueue::counts_per_priority(
    const std::vector<int>& priorities) const {
    const Home& home = homes_[JobState::prioritized];
    std::vector<std::uint64_t> counts;
    for (const int priority : priorities) {
        if (priority == 0) {
            counts.push_back(homes_.size(JobState::waiting));
            continue;
        }
        const auto from = home.lower_bound(priority * priority_factor);
        const auto to = home.lower_bound((priority + 1) * priority_factor);
        counts.push_back(static_cast<std::uint64_t>(std::distance(from, to)));
    }
    return counts;
}

std::vector<Job> MemoryQueue::page(const contract::PageParams& params) const {
    const Home& home = homes_[params.state];
    const Range range = range_of(params.start, params.end, home.size());
    std::vector<Job> jobs;
    jobs.reserve(range.count);
    const auto collect = [&](const JobRecord* record) { jobs.push_back(job_from(*record, name_)); };
    if (params.ascending)
        visit_range(home.begin(), range, collect);
    else
        visit_range(home.rbegin(), range, collect);
    return jobs;
}

Result<Job> MemoryQueue::job(const JobId& id) const {
    const JobRecord* record = find(id);
    if (record == nullptr) return no_such_job(id);
    return job_from(*record, name_);
}

Result<contract::LogPage> MemoryQueue::logs(const contract::LogPageParams& params) const {
    const JobRecord* record = find(params.job.id);
    if (record == nullptr) return no_such_job(params.job.id);
    const auto& rows = record->logs;
    const Range range = range_of(params.start, params.end, rows.size());
    contract::LogPage page{.rows = {}, .total = rows.size()};
    const auto collect = [&](const std::string& row) { page.rows.push_back(row); };
    if (params.ascending)
        visit_range(rows.begin(), range, collect);
    else
        visit_range(rows.rbegin(), range, collect);
    return page;
}

contract::Metrics MemoryQueue::metrics(const contract::MetricsParams& params) const {
    return minutes_[params.failed].page(params.start, params.end);
}

}  // namespace toril::memory

#include "backend/memory/memory_queue.hpp"

#include <algorithm>
#include <iterator>

namespace toril::memory {
namespace {

// BullMQ's positions: 0 is the first, -1 the last, both ends are in.
struct Range {
    std::size_t first = 0;
    std::size_t count = 0;
};

Range range_of(std::int64_t start, std::int64_t end, std::size_t size) {
    const auto length = static_cast<std::int64_t>(size);
    if (start < 0) start = std::max<std::int64_t>(start + length, 0);
    if (end < 0) end += length;
    end = std::min(end, length - 1);
    if (start > end) return {};
    return {static_cast<std::size_t>(start), static_cast<std::size_t>(end - start + 1)};
}

template <class Iterator, class Visit>
void visit_range(Iterator at, Range range, Visit visit) {
    std::advance(at, static_cast<std::ptrdiff_t>(range.first));
    for (std::size_t i = 0; i < range.count; ++i, ++at)
        visit(*at);
}

}  // namespace

JobRecord* MemoryQueue::find(const JobId& id) const {
    const auto found = jobs_.find(id);
    return found == jobs_.end() ? nullptr : found->second.get();
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
    if (!concurrency_) return jobs;
    return std::min(jobs, static_cast<std::size_t>(*concurrency_) - homes_.size(JobState::active));
}

Timestamp MemoryQueue::next_due() const {
    const Home& delayed = homes_[JobState::delayed];
    return delayed.empty() ? Timestamp{} : due_at(**delayed.begin());
}

contract::QueueInfo MemoryQueue::info() const {
    return {.paused = paused_, .concurrency = concurrency_};
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

}  // namespace toril::memory

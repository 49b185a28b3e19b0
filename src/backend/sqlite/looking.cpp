// Nothing here changes anything.

#include "backend/sqlite/operations.hpp"

#include <limits>
#include <utility>

namespace toril::sqlite {

contract::QueueInfo info(Session& session, const std::string& queue) {
    const QueueRow* row = session.queues.find(queue);
    if (row == nullptr) return {};
    return {.paused = row->paused, .concurrency = row->concurrency, .limit = row->limit};
}

JobCounts counts(Session& session, const std::string& queue) {
    const QueueRow* row = session.queues.find(queue);
    return row != nullptr ? row->sizes : JobCounts{};
}

std::vector<Job> page(Session& session, const contract::PageParams& params) {
    std::vector<Job> jobs;
    QueueRow* queue = session.queues.find(params.queue);
    if (queue == nullptr || params.state == JobState::unknown) return jobs;
    const auto total = static_cast<std::int64_t>(size_of(queue->sizes, params.state));
    const auto keys = session.lines.slice(queue->id,
                                          {.state = params.state,
                                           .ascending = params.ascending,
                                           .low = std::numeric_limits<std::int64_t>::min(),
                                           .high = std::numeric_limits<std::int64_t>::max(),
                                           .range = range_of(params.start, params.end, total)});
    jobs.reserve(keys.size());
    for (const std::int64_t key : keys)
        if (auto job = session.jobs.full(key, params.queue)) jobs.push_back(std::move(*job));
    return jobs;
}

Result<Job> job(Session& session, const contract::JobRef& ref) {
    const QueueRow* queue = session.queues.find(ref.queue);
    const auto key = queue != nullptr ? session.jobs.find(queue->id, ref.id) : std::nullopt;
    auto found = key ? session.jobs.full(*key, ref.queue) : std::nullopt;
    if (!found) return no_such_job(ref.queue, ref.id);
    return std::move(*found);
}

Result<contract::LogPage> logs(Session& session, const contract::LogPageParams& params) {
    const auto found = session.find(params.job.queue, params.job.id);
    if (!found.job) return no_such_job(params.job.queue, params.job.id);
    return session.jobs.logs(found.job->key, params);
}

}  // namespace toril::sqlite

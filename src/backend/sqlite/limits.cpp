#include "backend/sqlite/limits.hpp"

namespace toril::sqlite {

Status set_rate_limit(Session& session,
                      const std::string& queue,
                      const std::optional<contract::RateLimit>& limit) {
    if (QueueRow* row = session.queues.find_or_make(queue)) {
        session.queues.touch(*row);
        row->limit = limit;
        row->touched.available = true;
    }
    return {};
}

Status rate_limit_for(Session& session, const std::string& queue, Millis duration, Timestamp now) {
    if (QueueRow* row = session.queues.find_or_make(queue)) {
        session.queues.touch(*row);
        row->limiter.hold(duration.count(), session.ms(now));
        if (duration <= Millis{0}) row->touched.available = true;
    }
    return {};
}

Millis rate_limit_ttl(Session& session, const std::string& queue, std::int64_t max, Timestamp now) {
    const QueueRow* row = session.queues.find(queue);
    if (row == nullptr) return Millis{0};
    if (max <= 0) max = row->limit ? row->limit->max : FixedWindow::held;
    return Millis(row->limiter.left_ms(max, session.ms(now)));
}

std::vector<std::uint64_t> counts_per_priority(Session& session,
                                               const std::string& queue,
                                               const std::vector<int>& priorities) {
    std::vector<std::uint64_t> counts(priorities.size(), 0);
    const QueueRow* row = session.queues.find(queue);
    for (std::size_t i = 0; row != nullptr && i < priorities.size(); ++i)
        counts[i] = priorities[i] == 0 ? row->sizes.waiting
                                       : session.lines.count_of_priority(*row, priorities[i]);
    return counts;
}

contract::Metrics metrics(Session& session, const contract::MetricsParams& params) {
    const QueueRow* queue = session.queues.find(params.queue);
    return queue != nullptr ? session.metrics.page(queue->id, params) : contract::Metrics{};
}

std::optional<contract::RateLimit> limit_for(const QueueRow& queue, const contract::Taker& taker) {
    if (!queue.limit) return taker.limit;
    return contract::RateLimit{
        .max = queue.limit->max,
        .duration = taker.limit ? taker.limit->duration : queue.limit->duration};
}

void count_finished(Session& session,
                    const QueueRow& queue,
                    const contract::FinishAndTakeParams& call,
                    const std::vector<Status>& finished,
                    std::int64_t now_ms) {
    const int points_max = call.taker.metrics_points_max;
    if (points_max <= 0) return;
    using Kind = contract::Outcome::Kind;
    for (const Kind kind : {Kind::complete, Kind::fail}) {
        std::int64_t jobs = 0;
        for (std::size_t i = 0; i < finished.size(); ++i)
            jobs += finished[i] && call.outcomes[i].kind == kind ? 1 : 0;
        if (jobs > 0)
            session.metrics.count(queue.id, {kind == Kind::fail, jobs, points_max, now_ms});
    }
}

}  // namespace toril::sqlite

// What programs do to a queue's events themselves.

#include "backend/sqlite/operations.hpp"

namespace toril::sqlite {

Status publish_event(Session& session, const contract::PublishEventParams& params) {
    QueueRow* queue = session.queues.find_or_make(params.queue);
    if (queue == nullptr) return {};  // the database failed, and says so
    session.events.publish(*queue, params.name, params.fields);
    return {};
}

Result<std::uint64_t> trim_events(Session& session, const std::string& queue, std::uint64_t kept) {
    QueueRow* row = session.queues.find(queue);
    return row != nullptr ? session.events.trim(*row, kept) : 0;
}

}  // namespace toril::sqlite

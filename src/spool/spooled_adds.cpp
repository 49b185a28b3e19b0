#include "spool/spooled_adds.hpp"

#include "base/clock.hpp"
#include "base/uuid.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace toril::spool {

SpooledAdds::SpooledAdds(std::shared_ptr<contract::JobStore> store,
                         std::unique_ptr<contract::SpoolLog> log,
                         LineOptions options,
                         SpoolReport report)
    : inbox_(std::make_shared<Inbox>()),
      line_(std::move(store), std::move(log), inbox_, std::move(options), std::move(report)),
      thread_([this] { line_.run(); }) {}

SpooledAdds::~SpooledAdds() {
    inbox_->close();
    thread_.join();
}

Status SpooledAdds::submit(std::span<PendingAdd> adds) {
    // Decided before anything is sent: whatever becomes of the add, its caller knows the id.
    for (PendingAdd& add : adds)
        if (add.job.id.empty()) add.job.id = "s-" + base::make_uuid();
    return inbox_->submit(adds);
}

SpoolStats SpooledAdds::stats() const {
    const Published published = inbox_->published();
    SpoolStats stats = published.stats;
    if (published.oldest != Timestamp{})
        stats.oldest_age = std::max(Millis{0}, base::wall_now() - published.oldest);
    return stats;
}

Status SpooledAdds::flush(Millis deadline) {
    const auto until = std::chrono::steady_clock::now() + deadline;
    inbox_->hurry();
    if (inbox_->wait_until_idle(until)) return {};
    return Error(ErrorCode::timed_out,
                 std::to_string(stats().jobs) + " jobs are in the spool after " +
                     std::to_string(deadline.count()) + " ms");
}

}  // namespace toril::spool

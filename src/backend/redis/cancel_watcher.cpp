#include "backend/redis/cancel_watcher.hpp"

#include <algorithm>
#include <utility>

namespace toril::redis_store {

CancelWatcher::CancelWatcher(std::shared_ptr<Links> links, std::string channel)
    : links_(std::move(links)), channel_(std::move(channel)) {
    links_->cancellations.listen(channel_, bell_);
}

CancelWatcher::~CancelWatcher() {
    interrupt();
    links_->cancellations.leave(channel_, bell_);
}

void CancelWatcher::wait(Millis at_most, contract::Done<Timestamp> done) {
    const std::uint64_t number = bell_->wait([done = std::move(done)](const Status& rung) {
        done(rung ? Result<Timestamp>(Timestamp{}) : rung.error());
    });
    if (number == 0) return;
    links_->calls.after(std::max(at_most, Millis{0}),
                        [bell = bell_, number] { bell->expire(number); });
}

void CancelWatcher::interrupt() {
    bell_->interrupt();
}

}  // namespace toril::redis_store

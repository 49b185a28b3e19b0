#include "backend/redis/lock/lock_watcher.hpp"

#include <algorithm>
#include <utility>

namespace toril::redis_store {

RedisLockWatcher::RedisLockWatcher(std::shared_ptr<LockLinks> links, std::string channel)
    : links_(std::move(links)), channel_(std::move(channel)) {
    links_->feed.listen(channel_, bell_);
}

RedisLockWatcher::~RedisLockWatcher() {
    bell_->interrupt();
    links_->feed.leave(channel_, bell_);
}

void RedisLockWatcher::wait(Millis at_most, contract::DoneStatus done) {
    const std::uint64_t number = bell_->wait(std::move(done));
    if (number == 0) return;
    links_->calls.after(std::max(at_most, Millis{0}),
                        [bell = bell_, number] { bell->expire(number); });
}

}  // namespace toril::redis_store

#pragma once

// Waits until a lock was released, or a record was finished.

#include "backend/redis/lock/lock_links.hpp"
#include "contract/lock_store.hpp"

#include <memory>
#include <string>

namespace toril::redis_store {

/// While the server is away it waits on: the link's return ends the wait.
class RedisLockWatcher final : public contract::LockWatcher {
public:
    RedisLockWatcher(std::shared_ptr<LockLinks> links, std::string channel);
    ~RedisLockWatcher() override;

    void wait(Millis at_most, contract::DoneStatus done) override;
    void interrupt() override { bell_->interrupt(); }

private:
    const std::shared_ptr<LockLinks> links_;
    const std::string channel_;
    const std::shared_ptr<ChannelBell> bell_ = std::make_shared<ChannelBell>();
};

}  // namespace toril::redis_store

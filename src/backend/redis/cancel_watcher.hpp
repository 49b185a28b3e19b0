#pragma once

// Waits until a running job of a queue was asked to stop.

#include "backend/redis/links.hpp"
#include "contract/job_store.hpp"

#include <memory>
#include <string>

namespace toril::redis_store {

/// While the server is away it waits on: what was said meanwhile counts when the link is back.
class CancelWatcher final : public contract::Watcher {
public:
    CancelWatcher(std::shared_ptr<Links> links, std::string channel);
    ~CancelWatcher() override;

    void wait(Millis at_most, contract::Done<Timestamp> done) override;
    void interrupt() override;

private:
    const std::shared_ptr<Links> links_;
    const std::string channel_;
    const std::shared_ptr<ChannelBell> bell_ = std::make_shared<ChannelBell>();
};

}  // namespace toril::redis_store

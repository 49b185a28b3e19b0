#pragma once

// Waits for a job to take: BZPOPMIN on the queue's marker, on a connection of its own that
// bears the name by which BullMQ lists workers.

#include "backend/redis/links.hpp"
#include "backend/redis/one_wait.hpp"
#include "contract/job_store.hpp"

#include <memory>
#include <string>

namespace toril::redis_store {

/// A marker is a hint that one watcher pops. A wait that ends otherwise meanwhile puts it back
/// for the next.
class WorkWatcher final : public contract::Watcher {
public:
    WorkWatcher(std::shared_ptr<Links> links, const std::string& base, const std::string& name);
    ~WorkWatcher() override;

    void wait(Millis at_most, contract::Done<Timestamp> done) override;
    void interrupt() override;

private:
    void popped(const redis::Value& marker);
    void failed(Error error);
    void put_back(std::string_view member, std::string_view score);

    const std::shared_ptr<Links> links_;
    const std::string marker_key_;
    // Shared with an answer that is held back for a while.
    const std::shared_ptr<OneWait> wait_ = std::make_shared<OneWait>();
    redis::Connection connection_;
};

}  // namespace toril::redis_store

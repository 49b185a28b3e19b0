#pragma once

// Waits for a job to take: BZPOPMIN on the queue's marker, on a connection of its own that
// bears the name by which BullMQ lists workers.

#include "backend/redis/links.hpp"
#include "contract/job_store.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace toril::redis_store {

/// A marker is a hint that one watcher pops. When nobody waits for it any more by then, it is
/// put back for the next.
class WorkWatcher final : public contract::Watcher {
public:
    WorkWatcher(std::shared_ptr<Links> links, const std::string& base, const std::string& name);
    ~WorkWatcher() override;

    void wait(Millis at_most, contract::Done<Timestamp> done) override;
    void interrupt() override;

private:
    void popped(std::uint64_t number, const redis::Value& marker);
    void put_back(std::string_view member, std::string_view score);

    const std::shared_ptr<Links> links_;
    const std::string marker_key_;
    const std::shared_ptr<Watching> watching_;
};

}  // namespace toril::redis_store

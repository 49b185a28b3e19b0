#pragma once

// Waits for anything to happen in a queue: XREAD on its events, from the last one that was seen.

#include "backend/redis/links.hpp"
#include "backend/redis/one_wait.hpp"
#include "contract/job_store.hpp"

#include <memory>
#include <string>

namespace toril::redis_store {

/// Each watcher sees every event. The stream's end is asked for once, and again with each hit:
/// what comes after it counts for the next wait.
class ChangeWatcher final : public contract::Watcher {
public:
    ChangeWatcher(std::shared_ptr<Links> links, const std::string& base, const std::string& name);
    ~ChangeWatcher() override;

    void wait(Millis at_most, contract::Done<Timestamp> done) override;
    void interrupt() override;

private:
    void find_end(bool then_answer);
    void read(Millis block);
    void failed(Error error);
    void set_seen(std::string id);
    std::string seen();

    const std::shared_ptr<Links> links_;
    const std::string events_key_;
    // Shared with an answer that is held back for a while.
    const std::shared_ptr<OneWait> wait_ = std::make_shared<OneWait>();
    base::Mutex mutex_{};
    std::string seen_ TORIL_GUARDED_BY(mutex_){};  // empty: not known
    redis::Connection connection_;
};

}  // namespace toril::redis_store

#pragma once

// Waits for anything to happen in a queue: XREAD on its events, from the last one that was seen.

#include "backend/redis/links.hpp"
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
    void read(std::uint64_t number, Millis block);
    /// Finds the newest event, then ends wait `number` (0: none).
    void find_end(std::uint64_t number);
    void failed(std::uint64_t number, Error error);
    void set_seen(std::string id);
    std::string seen();

    const std::shared_ptr<Links> links_;
    const std::string events_key_;
    base::Mutex mutex_{};
    std::string seen_ TORIL_GUARDED_BY(mutex_){};  // id of an event; empty: not known
    const std::shared_ptr<Watching> watching_;
};

}  // namespace toril::redis_store

#pragma once

// Hears of jobs that are to stop: one Pub/Sub connection a store, made for the first who listens.

#include "base/mutex.hpp"
#include "contract/job_store.hpp"

#include <toril/redis/connection.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace toril::redis_store {

/// Wakes one listener. A ring that nobody waits for counts for the next wait.
///
/// Threads: any. The callbacks are made with no lock held.
class Bell {
public:
    using Done = contract::Done<Timestamp>;

    /// The number of this wait. 0: it has ended already.
    std::uint64_t wait(Done done);
    void ring();
    /// Ends wait `number` if it is still under way.
    void expire(std::uint64_t number);
    void interrupt();

private:
    base::Mutex mutex_;
    Done done_ TORIL_GUARDED_BY(mutex_){};
    std::uint64_t number_ TORIL_GUARDED_BY(mutex_) = 0;
    bool rung_ TORIL_GUARDED_BY(mutex_) = false;
    bool interrupted_ TORIL_GUARDED_BY(mutex_) = false;
};

/// A bell rings with each message on its channel, and whenever the server confirms the
/// subscription: at the start and on each new link, as a message may have been missed before.
/// A server that lets nobody subscribe never rings; renewals find out by themselves.
///
/// Threads:  any.
/// Lifetime: ends before the factory.
class CancelFeed {
public:
    explicit CancelFeed(redis::Factory& factory) : factory_(factory) {}

    void listen(const std::string& channel, const std::shared_ptr<Bell>& bell);
    void leave(const std::string& channel, const std::shared_ptr<Bell>& bell);
    void interrupt_all();

private:
    using Bells = std::vector<std::shared_ptr<Bell>>;
    /// Shared with the connection's listener, which may run while this ends.
    struct Rooms {
        base::Mutex mutex{};
        std::map<std::string, Bells, std::less<>> bells TORIL_GUARDED_BY(mutex){};
    };
    static void heard(Rooms& rooms, const redis::Reply& message);
    void send(const char* command, const std::string& channel) TORIL_REQUIRES(mutex_);

    redis::Factory& factory_;
    const std::shared_ptr<Rooms> rooms_ = std::make_shared<Rooms>();
    base::Mutex mutex_{};
    std::optional<redis::Connection> connection_ TORIL_GUARDED_BY(mutex_){};
};

}  // namespace toril::redis_store

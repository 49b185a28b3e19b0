#pragma once

// Hears what is said on channels: one Pub/Sub connection a feed, made for the first who listens.

#include "base/mutex.hpp"
#include "contract/job_store.hpp"

#include <toril/redis/connection.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace toril::redis_store {

/// Threads: any. Called with no lock of the feed held.
class ChannelListener {
public:
    virtual ~ChannelListener() = default;
    /// `message`: empty when the server confirmed the subscription, which it does at the start
    /// and on each new link: what was said before it was missed.
    virtual void heard(std::string_view message) = 0;
    /// The store ends.
    virtual void interrupt() = 0;
};

/// Wakes one listener. A ring that nobody waits for counts for the next wait.
///
/// Threads: any. The callbacks are made with no lock held.
class Bell final : public ChannelListener {
public:
    using Done = contract::Done<Timestamp>;

    /// The number of this wait. 0: it has ended already.
    std::uint64_t wait(Done done);
    void ring();
    /// Ends wait `number` if it is still under way.
    void expire(std::uint64_t number);

    void heard(std::string_view) override { ring(); }
    void interrupt() override;

private:
    base::Mutex mutex_;
    Done done_ TORIL_GUARDED_BY(mutex_){};
    std::uint64_t number_ TORIL_GUARDED_BY(mutex_) = 0;
    bool rung_ TORIL_GUARDED_BY(mutex_) = false;
    bool interrupted_ TORIL_GUARDED_BY(mutex_) = false;
};

/// A server that lets nobody subscribe says nothing: listeners must find out by themselves too.
///
/// Threads:  any.
/// Lifetime: ends before the factory.
class ChannelFeed {
public:
    using Listener = std::shared_ptr<ChannelListener>;

    /// `role` is part of the connection's name.
    ChannelFeed(redis::Factory& factory, std::string role)
        : factory_(factory), role_(std::move(role)) {}

    /// The first who listens to a channel hears its confirmation; a later one is told at once.
    void listen(const std::string& channel, const Listener& listener);
    void leave(const std::string& channel, const Listener& listener);
    void interrupt_all();

private:
    using Listeners = std::vector<Listener>;
    /// Shared with the connection's listener, which may run while this ends.
    struct Rooms {
        base::Mutex mutex{};
        std::map<std::string, Listeners, std::less<>> listeners TORIL_GUARDED_BY(mutex){};
    };
    static void heard(Rooms& rooms, const redis::Reply& message);
    void send(const char* command, const std::string& channel) TORIL_REQUIRES(mutex_);

    redis::Factory& factory_;
    const std::string role_;
    const std::shared_ptr<Rooms> rooms_ = std::make_shared<Rooms>();
    base::Mutex mutex_{};
    std::optional<redis::Connection> connection_ TORIL_GUARDED_BY(mutex_){};
};

}  // namespace toril::redis_store

#pragma once

// Hears what is said on channels: one Pub/Sub connection a feed, made for the first who listens.

#include "base/bell.hpp"
#include "base/mutex.hpp"

#include <toril/redis/connection.hpp>

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

/// Rings with each message.
class ChannelBell final : public ChannelListener, public base::Bell {
public:
    void heard(std::string_view) override { ring(); }
    void interrupt() override { Bell::interrupt(); }
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

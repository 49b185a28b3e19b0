#pragma once

// What the lock store and its watchers share: the connections, and the names of keys.

#include "backend/redis/channel_feed.hpp"
#include "backend/redis/script_args.hpp"
#include "base/delayed_calls.hpp"

#include <toril/redis/connection.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace toril::redis_store {

/// Threads: any.
class LockLinks {
public:
    using OnReply = std::function<void(Result<redis::Reply>)>;

    LockLinks(std::shared_ptr<redis::Factory> factory, std::string_view prefix);

    // `<prefix>:toril:<kind>:{KEY}`
    std::string lock(std::string_view key) const { return name("lock", key); }
    std::string fence(std::string_view key) const { return name("fence", key); }
    std::string record(std::string_view key) const { return name("record", key); }
    std::string lease(std::string_view key) const { return name("lease", key); }
    std::string released_channel(std::string_view key) const { return name("unlock", key); }
    std::string recorded_channel(std::string_view key) const { return name("recorded", key); }
    std::string taken_channel() const { return base_ + "taken"; }

    /// Error replies come as errors. After `close`: `cancelled`.
    void run(const redis::Script& script,
             std::span<const std::string_view> keys,
             const ScriptArgs& args,
             Millis timeout,
             OnReply done);

    /// Refuses what comes, and ends waits.
    void close();

private:
    std::string name(std::string_view kind, std::string_view key) const;

    const std::shared_ptr<redis::Factory> factory_;
    const std::string base_;
    redis::Connection& connection_;
    std::atomic<bool> closed_{false};

public:
    ChannelFeed feed;
    base::DelayedCalls calls{};
};

}  // namespace toril::redis_store

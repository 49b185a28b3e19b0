#pragma once

// The connections of one store, shared with its watchers.

#include "backend/redis/channel_feed.hpp"
#include "backend/redis/one_wait.hpp"
#include "base/delayed_calls.hpp"

#include <toril/redis/connection.hpp>

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace toril::redis_store {

/// What a watcher waits with. Shared with answers that are held back for a while.
struct Watching {
    explicit Watching(redis::Connection link) : connection(std::move(link)) {}

    OneWait wait{};
    redis::Connection connection;
};

/// Threads: any. Members end in reverse order: delayed calls first, the factory last.
class Links {
public:
    explicit Links(std::shared_ptr<redis::Factory> shared)
        : owned_(std::move(shared)),
          factory(*owned_),
          commands(factory.open(redis::Profile::api, "jobs")),
          cancellations(factory, "cancellations") {}

    /// A connection for a watcher, by the name that BullMQ looks for.
    std::shared_ptr<Watching> open_watching(std::string_view role, std::string_view name) {
        auto watching =
            std::make_shared<Watching>(factory.open(redis::Profile::blocking, role, name));
        base::MutexLock lock(mutex_);
        std::erase_if(watchings_, [](const auto& weak) { return weak.expired(); });
        watchings_.push_back(watching);
        return watching;
    }

    void interrupt(Watching& watching) {
        if (watching.wait.interrupt()) watching.connection.unblock(commands);
    }

    /// All waits end, and later ones do at once.
    void interrupt_all() {
        std::vector<std::weak_ptr<Watching>> watchings;
        {
            base::MutexLock lock(mutex_);
            watchings = watchings_;
        }
        for (const auto& weak : watchings)
            if (const auto watching = weak.lock()) interrupt(*watching);
        cancellations.interrupt_all();
    }

private:
    const std::shared_ptr<redis::Factory> owned_;

public:
    redis::Factory& factory;
    redis::Connection commands;
    ChannelFeed cancellations;

private:
    base::Mutex mutex_;
    std::vector<std::weak_ptr<Watching>> watchings_ TORIL_GUARDED_BY(mutex_){};

public:
    base::DelayedCalls calls{};
};

}  // namespace toril::redis_store

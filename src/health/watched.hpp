#pragma once

// What the program gave a Health to look at beside the store.

#include "base/mutex.hpp"
#include "health/own_check.hpp"
#include "health/queue_watch.hpp"

#include <toril/cache.hpp>
#include <toril/health.hpp>
#include <toril/store.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace toril::health {

/// Threads: any.
class Watched {
public:
    /// `on_news`, on any thread: something is to be looked at. It owns what it touches.
    Watched(const Store& store, std::function<void()> on_news)
        : store_(store), on_news_(std::move(on_news)) {}

    void add_check(CheckSetup setup);
    Status add_queue(const std::string& name, const WatchQueueOptions& options);
    void add_cache(const Cache& cache);

    std::vector<ServiceHealth> checks(std::chrono::steady_clock::time_point now) const;
    std::vector<QueueProgress> queues() const;
    /// Of all caches together. Empty: there are none, or nothing was read.
    std::optional<double> cache_hit_rate() const;

    /// While it is away nobody asks it how its queues are.
    void set_store_up(bool is_up);

private:
    const Store store_;
    const std::function<void()> on_news_;
    const std::shared_ptr<std::atomic<bool>> is_store_up_ =
        std::make_shared<std::atomic<bool>>(false);

    mutable base::Mutex mutex_{};
    std::vector<std::shared_ptr<OwnCheck>> checks_ TORIL_GUARDED_BY(mutex_){};
    std::vector<std::shared_ptr<QueueWatch>> queues_ TORIL_GUARDED_BY(mutex_){};
    std::vector<Cache> caches_ TORIL_GUARDED_BY(mutex_){};
};

}  // namespace toril::health

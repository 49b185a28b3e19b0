#include "health/watched.hpp"

#include <algorithm>
#include <utility>

namespace toril::health {

void Watched::add_check(CheckSetup setup) {
    setup.on_result = on_news_;
    auto check = std::make_shared<OwnCheck>(std::move(setup));
    base::MutexLock lock(mutex_);
    checks_.push_back(std::move(check));
}

Status Watched::add_queue(const std::string& name, const WatchQueueOptions& options) {
    base::MutexLock lock(mutex_);
    for (const auto& queue : queues_)
        if (queue->queue() == name)
            return Error(ErrorCode::invalid_argument, "queue \"" + name + "\" is watched already");
    queues_.push_back(std::make_shared<QueueWatch>(QueueWatch::Setup{
        .store = store_,
        .queue = name,
        .options = options,
        .is_store_up = [flag = is_store_up_] { return flag->load(std::memory_order_relaxed); },
        .on_look = on_news_}));
    return {};
}

void Watched::add_cache(const Cache& cache) {
    base::MutexLock lock(mutex_);
    caches_.push_back(cache);
}

std::vector<ServiceHealth> Watched::checks(std::chrono::steady_clock::time_point now) const {
    base::MutexLock lock(mutex_);
    std::vector<ServiceHealth> services;
    for (const auto& check : checks_)
        services.push_back(check->service(now));
    return services;
}

std::vector<QueueProgress> Watched::queues() const {
    base::MutexLock lock(mutex_);
    std::vector<QueueProgress> progress;
    for (const auto& queue : queues_)
        progress.push_back(queue->progress());
    return progress;
}

std::optional<double> Watched::cache_hit_rate() const {
    std::uint64_t hits = 0;
    std::uint64_t reads = 0;
    base::MutexLock lock(mutex_);
    for (const Cache& cache : caches_) {
        const CacheStats stats = cache.stats();
        hits += stats.hits();
        reads += stats.hits() + stats.misses;
    }
    if (reads == 0) return std::nullopt;
    return static_cast<double>(hits) / static_cast<double>(reads);
}

void Watched::set_store_up(bool is_up) {
    if (is_store_up_->exchange(is_up, std::memory_order_relaxed) || !is_up) return;
    base::MutexLock lock(mutex_);
    for (const auto& queue : queues_)
        queue->look_soon();
}

}  // namespace toril::health

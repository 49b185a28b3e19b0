#include "base/mutex.hpp"
#include "health/metric_sources.hpp"
#include "health/queue_figures.hpp"

#include <toril/cache.hpp>
#include <toril/health.hpp>
#include <toril/lock.hpp>
#include <toril/metrics.hpp>
#include <toril/queue.hpp>
#include <toril/throttle.hpp>
#include <toril/worker.hpp>

#include <algorithm>
#include <utility>

namespace toril {

class Metrics::Impl {
public:
    struct Entry {
        Source source{};
        std::function<void()> refresh{};  // empty: it knows by itself
    };

    std::uint64_t add(Entry entry) {
        base::MutexLock lock(mutex_);
        entries_.emplace(++added_, std::make_shared<const Entry>(std::move(entry)));
        return added_;
    }

    void remove(std::uint64_t id) {
        std::shared_ptr<const Entry> removed;  // ends after the lock
        base::MutexLock lock(mutex_);
        const auto found = entries_.find(id);
        if (found == entries_.end()) return;
        removed = std::move(found->second);
        entries_.erase(found);
    }

    std::vector<std::shared_ptr<const Entry>> entries() const {
        base::MutexLock lock(mutex_);
        std::vector<std::shared_ptr<const Entry>> all;
        for (const auto& [id, entry] : entries_)
            all.push_back(entry);
        return all;
    }

private:
    mutable base::Mutex mutex_{};
    std::map<std::uint64_t, std::shared_ptr<const Entry>> entries_ TORIL_GUARDED_BY(mutex_){};
    std::uint64_t added_ TORIL_GUARDED_BY(mutex_) = 0;
};

Metrics::Metrics() : impl_(std::make_shared<Impl>()) {}

std::uint64_t Metrics::add(Source source) {
    return impl_->add({.source = std::move(source)});
}

std::uint64_t Metrics::add(const Cache& cache) {
    return add([cache](MetricsWriter& writer) {
        health::write_cache(cache.stats(), cache.name(), writer);
    });
}

std::uint64_t Metrics::add(const Locks& locks, std::string name) {
    return add([locks, name = std::move(name)](MetricsWriter& writer) {
        health::write_locks(locks.stats(), name, writer);
    });
}

std::uint64_t Metrics::add(const Throttle& throttle, std::string name) {
    return add([throttle, name = std::move(name)](MetricsWriter& writer) {
        health::write_throttle(throttle.stats(), name, writer);
    });
}

std::uint64_t Metrics::add(const Worker& worker, std::string queue, std::string name) {
    return add([stats = worker.stats_source(), queue = std::move(queue), name = std::move(name)](
                   MetricsWriter& writer) { health::write_worker(stats(), queue, name, writer); });
}

std::uint64_t Metrics::add(const Queue& queue, Millis every) {
    constexpr Millis every_min{100};
    const auto source =
        std::make_shared<health::QueueFigureSource>(Queue(queue.impl_), std::max(every, every_min));
    return impl_->add({.source = [source](MetricsWriter& writer) { source->write(writer); },
                       .refresh = [source] { source->refresh(); }});
}

void Metrics::remove(std::uint64_t source) {
    impl_->remove(source);
}

std::string Metrics::prometheus() const {
    MetricsWriter writer;
    for (const auto& entry : impl_->entries())
        entry->source(writer);
    return writer.text();
}

void Metrics::refresh() {
    for (const auto& entry : impl_->entries())
        if (entry->refresh) entry->refresh();
}

}  // namespace toril

#include "cache/memory_tier.hpp"

#include "base/mutex.hpp"

#include <list>
#include <string>
#include <unordered_map>
#include <utility>

namespace toril::cache {

namespace {

constexpr std::uint64_t node_bytes = 128;  // list node, map node, control block

std::uint64_t weight_of(std::string_view key, const CacheValue::Block& block) {
    std::uint64_t bytes = node_bytes + sizeof(CacheValue::Block) + key.size() + block.bytes.size();
    for (const std::string& tag : block.tags)
        bytes += sizeof(std::string) + tag.size();
    return bytes;
}

}  // namespace

class MemoryTier::Impl {
public:
    explicit Impl(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

    BlockPtr find(std::string_view key, std::int64_t now_ms) {
        const base::MutexLock lock(mutex_);
        const auto found = entries_.find(key);
        if (found == entries_.end()) return nullptr;
        if (found->second->block->kept_until <= now_ms) {
            ++stats_.evictions_age;
            erase(found);
            return nullptr;
        }
        order_.splice(order_.begin(), order_, found->second);
        return found->second->block;
    }

    bool put(std::string_view key, BlockPtr block) {
        const base::MutexLock lock(mutex_);
        return put_locked(key, std::move(block));
    }

    bool replace(std::string_view key, const BlockPtr& old, BlockPtr block) {
        const base::MutexLock lock(mutex_);
        const auto found = entries_.find(key);
        if (found == entries_.end() || found->second->block != old) return false;
        return put_locked(key, std::move(block));
    }

    bool remove(std::string_view key) {
        const base::MutexLock lock(mutex_);
        const auto found = entries_.find(key);
        if (found == entries_.end()) return false;
        erase(found);
        return true;
    }

    void clear() {
        const base::MutexLock lock(mutex_);
        entries_.clear();
        order_.clear();
        stats_.bytes = stats_.entries = 0;
    }

    TierStats stats() {
        const base::MutexLock lock(mutex_);
        return stats_;
    }

private:
    struct Entry {
        std::string key{};
        BlockPtr block{};
        std::uint64_t weight = 0;
    };
    using Order = std::list<Entry>;
    using Entries = std::unordered_map<std::string_view, Order::iterator>;

    bool put_locked(std::string_view key, BlockPtr block) {
        if (const auto found = entries_.find(key); found != entries_.end()) erase(found);
        const std::uint64_t weight = weight_of(key, *block);
        if (weight > bytes_max_ / 8) {
            ++stats_.rejected;
            return false;
        }
        while (stats_.bytes + weight > bytes_max_) {
            ++stats_.evictions_size;
            erase(entries_.find(order_.back().key));
        }
        order_.push_front({std::string(key), std::move(block), weight});
        entries_.emplace(order_.front().key, order_.begin());
        stats_.bytes += weight;
        ++stats_.entries;
        return true;
    }

    void erase(Entries::iterator found) {
        const auto entry = found->second;
        stats_.bytes -= entry->weight;
        --stats_.entries;
        entries_.erase(found);
        order_.erase(entry);
    }

    const std::uint64_t bytes_max_;
    base::Mutex mutex_;
    Order order_{};  // the one read last in front
    Entries entries_{};
    TierStats stats_{};
};

MemoryTier::MemoryTier(const TierOptions& options)
    : impl_(std::make_unique<Impl>(options.bytes_max)) {}

MemoryTier::~MemoryTier() = default;

BlockPtr MemoryTier::find(std::string_view key, std::int64_t now_ms) const {
    return impl_->find(key, now_ms);
}

bool MemoryTier::put(std::string_view key, BlockPtr block, std::int64_t) {
    return impl_->put(key, std::move(block));
}

bool MemoryTier::replace(std::string_view key, const BlockPtr& old, BlockPtr block, std::int64_t) {
    return impl_->replace(key, old, std::move(block));
}

bool MemoryTier::remove(std::string_view key) {
    return impl_->remove(key);
}

void MemoryTier::clear() {
    impl_->clear();
}

TierStats MemoryTier::stats() const {
    return impl_->stats();
}

std::map<double, double> MemoryTier::what_if() const {
    return {};
}

}  // namespace toril::cache

#include "backend/redis/cache/cache_store.hpp"

#include "backend/redis/cache/cache_calls.hpp"
#include "backend/redis/cache/cache_feed.hpp"
#include "backend/redis/cache/cache_totals.hpp"
#include "base/logger.hpp"
#include "base/mutex.hpp"

#include <utility>

namespace toril::redis_store {
namespace {

using contract::Done;

Error closed() {
    return {ErrorCode::cancelled, "the cache's connection to redis is closed"};
}

struct Link {
    Link(redis::Factory& factory, const RedisStoreOptions& options)
        : connection(factory.open(redis::Profile::worker, "cache")),
          calls(connection, CacheKeys(options.prefix)),
          tally(connection, CacheKeys(options.prefix)),
          clock(std::make_unique<base::DelayedCalls>()),
          feed(std::make_shared<CacheFeed>(CacheFeed::Uses{connection, *clock},
                                           CacheKeys(options.prefix),
                                           base::Logger(options.log))) {
        feed->start();
    }
    // The clock ends before the feed: its thread must not be the one that ends the feed.
    ~Link() {
        feed->close();
        connection.close(Millis{0});
        clock.reset();
    }
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    redis::Connection connection;
    CacheCalls calls;
    CacheTally tally;
    std::unique_ptr<base::DelayedCalls> clock;
    const std::shared_ptr<CacheFeed> feed;
};

/// Everything on one connection of its own: values are large, and would hold up the locks' renewals
/// on the shared one. While it is down calls fail at once. It is made for the first call: most
/// programs have no cache.
class RedisCacheStore final : public contract::CacheStore {
public:
    RedisCacheStore(std::shared_ptr<redis::Factory> factory, RedisStoreOptions options)
        : factory_(std::move(factory)), options_(std::move(options)) {}

    void get(contract::CacheGetParams params, Done<contract::CacheAnswer> done) override {
        if (Link* const link = open()) return link->calls.get(std::move(params), std::move(done));
        done(closed());
    }
    void set(contract::CacheSetParams params, Done<bool> stored) override {
        if (Link* const link = open()) return link->calls.set(std::move(params), std::move(stored));
        stored(closed());
    }
    void give_back(std::string cache, std::string key, std::string token) override {
        if (Link* const link = open()) link->calls.give_back(cache, key, token);
    }
    void remove(contract::CacheKeys keys, Done<std::size_t> removed) override {
        if (Link* const link = open())
            return link->calls.remove(std::move(keys), std::move(removed));
        removed(closed());
    }
    void expire(contract::CacheKeys keys, Done<std::size_t> expired) override {
        if (Link* const link = open())
            return link->calls.expire(std::move(keys), std::move(expired));
        expired(closed());
    }
    void invalidate(contract::CacheInvalidateParams params,
                    Done<contract::CacheGeneration> done) override {
        if (Link* const link = open()) return link->calls.invalidate(params, std::move(done));
        done(closed());
    }
    void tally(std::string cache,
               std::map<std::string, std::uint64_t> counts,
               Millis timeout,
               contract::DoneStatus done) override {
        if (Link* const link = open())
            return link->tally.add(cache, counts, timeout, std::move(done));
        done(closed());
    }
    void totals(std::string cache, Millis timeout, Done<contract::CacheTotals> done) override {
        if (Link* const link = open()) return link->tally.read(cache, timeout, std::move(done));
        done(closed());
    }
    void listen(std::string cache, std::weak_ptr<contract::CacheListener> listener) override {
        if (Link* const link = open()) link->feed->listen(cache, std::move(listener));
    }

    void close(Millis deadline) override {
        Link* link = nullptr;
        {
            base::MutexLock lock(mutex_);
            is_closed_ = true;
            link = link_.get();
        }
        if (link == nullptr) return;
        link->feed->close();
        link->connection.close(deadline);
    }

private:
    /// Null: closed before it was opened. Lives as long as this.
    Link* open() {
        base::MutexLock lock(mutex_);
        if (!link_ && !is_closed_) link_ = std::make_unique<Link>(*factory_, options_);
        return link_.get();
    }

    const std::shared_ptr<redis::Factory> factory_;
    const RedisStoreOptions options_;
    base::Mutex mutex_;
    std::unique_ptr<Link> link_ TORIL_GUARDED_BY(mutex_){};
    bool is_closed_ TORIL_GUARDED_BY(mutex_) = false;
};

}  // namespace

std::shared_ptr<contract::CacheStore> open_cache_store(std::shared_ptr<redis::Factory> factory,
                                                       const RedisStoreOptions& options) {
    return std::make_shared<RedisCacheStore>(std::move(factory), options);
}

}  // namespace toril::redis_store

#include "backend/redis/lock/lock_store.hpp"

#include "backend/redis/lock/lock_scripts.hpp"
#include "backend/redis/lock/lock_store_impl.hpp"
#include "backend/redis/lock/lock_watcher.hpp"
#include "backend/redis/lock/renewals.hpp"

#include <charconv>
#include <utility>

namespace toril::redis_store {
namespace {

std::uint64_t fence_of(std::string_view digits) {
    std::uint64_t fence = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), fence);
    return fence;
}

// {owner, fence, remaining ms}
contract::LockHolder holder_of(const redis::Value& parts) {
    return {.owner = std::string(parts[0].text()),
            .fence = fence_of(parts[1].text()),
            .remaining = Millis{std::max<std::int64_t>(0, parts[2].integer())}};
}

// Tells one listener of locks that were taken; the feed lets go of it with the store.
class TakenEar final : public ChannelListener {
public:
    explicit TakenEar(std::weak_ptr<contract::OnTaken> listener) : listener_(std::move(listener)) {}
    void heard(std::string_view message) override {
        if (const auto listener = listener_.lock()) (*listener)(std::string(message));
    }
    void interrupt() override {}

private:
    const std::weak_ptr<contract::OnTaken> listener_;
};

}  // namespace

std::shared_ptr<contract::LockStore> open_lock_store(std::shared_ptr<redis::Factory> factory,
                                                     const RedisStoreOptions& options) {
    return std::make_shared<RedisLockStore>(std::move(factory), options.prefix);
}

void RedisLockStore::acquire(contract::AcquireParams params,
                             contract::Done<contract::AcquireAnswer> done) {
    const std::string lock = links_->lock(params.key);
    const std::string fence = links_->fence(params.key);
    const std::string_view keys[]{lock, fence};
    ScriptArgs args;
    args.text(params.token).text(params.owner).millis(params.ttl);
    links_->run(lock_scripts().acquire,
                keys,
                args,
                params.timeout,
                [done = std::move(done)](Result<redis::Reply> reply) {
                    if (!reply) return done(reply.error());
                    const redis::Value root = reply->root();
                    if (root.size() == 3)
                        return done(contract::AcquireAnswer{.holder = holder_of(root)});
                    done(contract::AcquireAnswer{.held = true, .fence = fence_of(root.text())});
                });
}

void RedisLockStore::renew(std::vector<contract::LockRef> locks,
                           Millis timeout,
                           contract::Done<std::vector<Status>> done) {
    auto renewal = std::make_shared<Renewal>();
    renewal->locks = std::move(locks);
    renewal->done = std::move(done);
    renewal->send = [links = links_, timeout](const std::vector<contract::LockRef>& all,
                                              std::size_t from,
                                              std::size_t end,
                                              LockLinks::OnReply answered) {
        std::vector<std::string> names;
        ScriptArgs args;
        for (std::size_t i = from; i < end; ++i) {
            names.push_back(links->lock(all[i].key));
            args.text(all[i].token).millis(all[i].ttl);
        }
        const std::vector<std::string_view> keys(names.begin(), names.end());
        links->run(lock_scripts().renew, keys, args, timeout, std::move(answered));
    };
    renew_next(std::move(renewal));
}

void RedisLockStore::release(contract::LockRef lock,
                             Millis timeout,
                             contract::Done<contract::ReleaseOutcome> done) {
    const std::string name = links_->lock(lock.key);
    const std::string channel = links_->released_channel(lock.key);
    const std::string_view keys[]{name};
    ScriptArgs args;
    args.text(lock.token).text(channel);
    links_->run(lock_scripts().release,
                keys,
                args,
                timeout,
                [done = std::move(done)](Result<redis::Reply> reply) {
                    if (!reply) return done(reply.error());
                    const std::int64_t outcome = reply->root().integer();
                    done(outcome == 0   ? contract::ReleaseOutcome::released
                         : outcome == 1 ? contract::ReleaseOutcome::expired
                                        : contract::ReleaseOutcome::lost);
                });
}

void RedisLockStore::release_owner(std::string key,
                                   std::string owner,
                                   Millis timeout,
                                   contract::DoneStatus done) {
    const std::string name = links_->lock(key);
    const std::string channel = links_->released_channel(key);
    const std::string_view keys[]{name};
    ScriptArgs args;
    args.text(owner).text(channel).owned(links_->taken_channel()).text(key);
    links_->run(lock_scripts().release_owner,
                keys,
                args,
                timeout,
                [key, done = std::move(done)](Result<redis::Reply> reply) {
                    if (!reply) return done(reply.error());
                    const redis::Value root = reply->root();
                    if (root.size() == 1)
                        return done(Error(
                            ErrorCode::not_owner,
                            "\"" + key + "\" is held by \"" + std::string(root[0].text()) + "\""));
                    if (root.integer() == 0) return done({});
                    done(Error(ErrorCode::not_found, "nobody holds \"" + key + "\""));
                });
}

void RedisLockStore::status(std::string key,
                            Millis timeout,
                            contract::Done<std::optional<contract::LockHolder>> done) {
    const std::string name = links_->lock(key);
    const std::string_view keys[]{name};
    links_->run(lock_scripts().status,
                keys,
                {},
                timeout,
                [done = std::move(done)](Result<redis::Reply> reply) {
                    using Found = std::optional<contract::LockHolder>;
                    if (!reply) return done(reply.error());
                    const redis::Value root = reply->root();
                    done(root.size() == 3 ? Found(holder_of(root)) : Found());
                });
}

std::unique_ptr<contract::LockWatcher> RedisLockStore::watch(contract::LockKind kind,
                                                             std::string key) {
    return std::make_unique<RedisLockWatcher>(links_,
                                              kind == contract::LockKind::lock
                                                  ? links_->released_channel(key)
                                                  : links_->recorded_channel(key));
}

void RedisLockStore::hear_of_taken(const std::weak_ptr<contract::OnTaken>& listener) {
    links_->feed.listen(links_->taken_channel(), std::make_shared<TakenEar>(listener));
}

void RedisLockStore::close(Millis) {
    links_->close();
}

}  // namespace toril::redis_store

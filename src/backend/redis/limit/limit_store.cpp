#include "backend/redis/limit/limit_store.hpp"

#include "backend/redis/limit/limit_batches.hpp"
#include "backend/redis/script_errors.hpp"

#include <toril/redis/request.hpp>

#include <utility>

namespace toril::redis_store {
namespace {

/// Each key a string that expires by itself, changed by one script on the connection that the
/// program shares. docs/internals/redis-keys.md has the keys.
///
/// Threads: any. Answers come on the I/O thread of the connection; none of them needs the store.
class RedisLimitStore final : public contract::LimitStore {
public:
    RedisLimitStore(std::shared_ptr<redis::Factory> factory, const std::string& prefix)
        : factory_(std::move(factory)),
          connection_(factory_->shared()),
          batches_(std::make_shared<LimitBatches>(connection_, prefix + ":toril:limit:{")) {}

    void decide(contract::LimitParams params, contract::Done<contract::LimitReply> done) override {
        if (params.asks.empty()) return done(contract::LimitReply{});
        batches_->submit(std::move(params), std::move(done));
    }

    void reset(std::string key, Millis timeout, contract::DoneStatus done) override {
        connection_.send(std::move(redis::Request("DEL").arg(batches_->key_of(key))),
                         [done = std::move(done)](const Result<redis::Reply>& reply) {
                             if (!reply) return done(reply.error());
                             if (reply->root().is_error())
                                 return done(error_of(reply->root().text()));
                             done({});
                         },
                         {.timeout = timeout, .idempotent = true});
    }

    void close(Millis) override { batches_->close(); }

private:
    const std::shared_ptr<redis::Factory> factory_;
    redis::Connection& connection_;
    const std::shared_ptr<LimitBatches> batches_;
};

}  // namespace

std::shared_ptr<contract::LimitStore> open_limit_store(std::shared_ptr<redis::Factory> factory,
                                                       const RedisStoreOptions& options) {
    return std::make_shared<RedisLimitStore>(std::move(factory), options.prefix);
}

}  // namespace toril::redis_store

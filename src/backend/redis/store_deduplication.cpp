// Who holds a deduplication id.

#include "backend/redis/redis_store_impl.hpp"
#include "backend/redis/scripts.hpp"

#include <utility>

namespace toril::redis_store {

void RedisStore::deduplication_holder(std::string queue,
                                      std::string id,
                                      contract::Done<JobId> done) {
    redis::Request request("GET");
    request.arg(runner_.base(queue) + "de:" + id);
    runner_.send(std::move(request), [done = std::move(done)](Result<redis::Reply> reply) {
        if (!reply) return done(reply.error());
        done(JobId(reply->root().text()));
    });
}

void RedisStore::remove_deduplication(std::string queue,
                                      std::string id,
                                      JobId only_for,
                                      contract::Done<bool> was) {
    ScriptArgs args;
    args.text(id).text(only_for);
    runner_.run(scripts().remove_deduplication,
                queue,
                args,
                [was = std::move(was)](Result<redis::Reply> reply) {
                    if (!reply) return was(reply.error());
                    was(reply->root().integer() == 1);
                },
                {runner_.base(queue) + "de:" + id});
}

}  // namespace toril::redis_store

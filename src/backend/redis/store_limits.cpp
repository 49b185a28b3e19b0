// Rate limits, and figures about what waits and what was done.

#include "backend/redis/answers.hpp"
#include "backend/redis/decode.hpp"
#include "backend/redis/redis_store_impl.hpp"
#include "backend/redis/scripts.hpp"

#include <algorithm>
#include <utility>

namespace toril::redis_store {
namespace {

std::uint64_t count_of(const redis::Value& value) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(value.integer(), 0));
}

}  // namespace

void RedisStore::set_rate_limit(std::string queue,
                                std::optional<contract::RateLimit> limit,
                                contract::DoneStatus done) {
    ScriptArgs args;
    if (limit)
        args.number(limit->max).millis(limit->duration);
    else
        args.text({}).text({});
    runner_.run(scripts().set_rate_limit, queue, args, as_status(std::move(done)));
}

void RedisStore::rate_limit_for(std::string queue,
                                Millis duration,
                                Timestamp,
                                contract::DoneStatus done) {
    ScriptArgs args;
    args.millis(std::max(duration, Millis{0}));
    runner_.run(scripts().rate_limit, queue, args, as_status(std::move(done)));
}

void RedisStore::rate_limit_ttl(std::string queue,
                                std::int64_t max,
                                Timestamp,
                                contract::Done<Millis> done) {
    ScriptArgs args;
    args.number(std::max<std::int64_t>(max, 0));
    runner_.run(scripts().rate_limit_ttl,
                queue,
                args,
                [done = std::move(done)](const Result<redis::Reply>& reply) {
                    if (!reply) return done(reply.error());
                    done(Millis(reply->root().integer()));
                });
}

void RedisStore::counts_per_priority(std::string queue,
                                     std::vector<int> priorities,
                                     contract::Done<std::vector<std::uint64_t>> done) {
    ScriptArgs args;
    for (const int priority : priorities)
        args.number(std::max(priority, 0));
    runner_.run(scripts().counts_per_priority,
                queue,
                args,
                [done = std::move(done)](const Result<redis::Reply>& reply) {
                    if (!reply) return done(reply.error());
                    std::vector<std::uint64_t> counts;
                    for (const redis::Value count : reply->root())
                        counts.push_back(count_of(count));
                    done(std::move(counts));
                });
}

void RedisStore::metrics(contract::MetricsParams params, contract::Done<contract::Metrics> done) {
    ScriptArgs args;
    args.text(params.failed ? "failed" : "completed").number(params.start).number(params.end);
    runner_.run(scripts().metrics,
                params.queue,
                args,
                [done = std::move(done)](const Result<redis::Reply>& reply) {
                    if (!reply) return done(reply.error());
                    const redis::Value root = reply->root();
                    if (root.size() < 4)
                        return done(Error(ErrorCode::corrupt, "redis gave no metrics"));
                    contract::Metrics metrics{.count = root[0].integer(),
                                              .previous_at = timestamp_of(root[1].integer()),
                                              .previous_count = root[2].integer(),
                                              .points = count_of(root[3])};
                    auto at = root.begin();
                    for (int i = 0; i < 4; ++i)
                        ++at;
                    for (; at != root.end(); ++at)
                        metrics.data.push_back((*at).integer());
                    done(std::move(metrics));
                });
}

}  // namespace toril::redis_store

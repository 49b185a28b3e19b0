#include "backend/redis/redis_store.hpp"

#include "backend/redis/batches.hpp"
#include "backend/redis/cancel_watcher.hpp"
#include "backend/redis/change_watcher.hpp"
#include "backend/redis/client_name.hpp"
#include "backend/redis/redis_store_impl.hpp"
#include "backend/redis/scripts.hpp"
#include "backend/redis/work_watcher.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace toril::redis_store {
namespace {

redis::Config with_timeout(redis::Config config, Millis command_timeout) {
    config.command_timeout = command_timeout;
    return config;
}

}  // namespace

std::shared_ptr<contract::JobStore> open_redis(const redis::Config& config,
                                               const RedisStoreOptions& options) {
    return open_redis(std::make_shared<redis::Factory>(
                          with_timeout(config, options.command_timeout), options.log),
                      options);
}

std::shared_ptr<contract::JobStore> open_redis(std::shared_ptr<redis::Factory> factory,
                                               const RedisStoreOptions& options) {
    return std::make_shared<RedisStore>(std::move(factory), options);
}

RedisStore::RedisStore(std::shared_ptr<redis::Factory> factory, const RedisStoreOptions& options)
    : links_(std::make_shared<Links>(std::move(factory))),
      runner_(links_->commands, options.prefix, options.command_timeout),
      durability_(links_->commands) {
    durability_.start();
}

RedisStore::~RedisStore() {
    links_->interrupt_all();
    links_->commands.close(Millis{0});
}

Status RedisStore::close(Millis deadline) {
    links_->interrupt_all();
    links_->commands.close(deadline);
    return {};
}

contract::Capabilities RedisStore::capabilities() const noexcept {
    return {.shared = true, .outcomes_get_lost = true, .needs_lease_time = true};
}

contract::Durability RedisStore::durability() const noexcept {
    return durability_.durability();
}

// ---- finishing and taking --------------------------------------------------------------------
// More outcomes than one script takes go in parts; the last part takes.

struct RedisStore::TakeCall {
    contract::FinishAndTakeParams params;
    contract::Done<contract::FinishedAndTaken> done;
    std::vector<JobId> ids;
    contract::FinishedAndTaken answer{};
    std::size_t at = 0;
};

void RedisStore::finish_and_take(contract::FinishAndTakeParams params,
                                 contract::Done<contract::FinishedAndTaken> done) {
    auto call = std::make_shared<TakeCall>();
    call->ids.reserve(params.outcomes.size());
    for (const contract::Outcome& outcome : params.outcomes)
        call->ids.push_back(outcome.id);
    call->answer.finished.reserve(params.outcomes.size());
    call->params = std::move(params);
    call->done = std::move(done);
    take_next(std::move(call));
}

void RedisStore::take_next(std::shared_ptr<TakeCall> call) {
    const contract::FinishAndTakeParams& params = call->params;
    const std::size_t from = call->at;
    const std::size_t end = std::min(params.outcomes.size(), from + contract::batch_jobs_max);
    const bool last = end == params.outcomes.size();
    std::string lane;
    if (!params.taker.worker.empty() && params.sequence > 0) {
        lane = params.taker.worker + ":" + std::to_string(params.lane);
        if (from > 0) lane += "/" + std::to_string(from);
    }
    const ScriptArgs args = encode_finish_and_take(
        params,
        std::span<const contract::Outcome>(params.outcomes).subspan(from, end - from),
        last ? std::min(params.take, contract::batch_jobs_max) : 0,
        lane);
    const std::string_view queue = params.queue;
    runner_.run(scripts().finish_and_take,
                queue,
                args,
                [this, call, end, last](Result<redis::Reply> reply) mutable {
                    if (!reply) return call->done(reply.error());
                    decode_finished(
                        call->params.queue,
                        std::span<const JobId>(call->ids).subspan(call->at, end - call->at),
                        reply->root(),
                        call->answer);
                    call->at = end;
                    if (!last) return take_next(std::move(call));
                    call->done(std::move(call->answer));
                });
}

// ---- leases -------------------------------------------------------------------------------------

struct RedisStore::RenewCall {
    std::string queue;
    std::vector<contract::Lease> leases;
    Millis lock_duration;
    contract::Done<std::vector<Status>> done;
    std::vector<Status> renewed{};
};

void RedisStore::renew(std::string queue,
                       std::vector<contract::Lease> leases,
                       Millis lock_duration,
                       Timestamp,
                       contract::Done<std::vector<Status>> done) {
    if (leases.empty()) return done(std::vector<Status>{});
    auto call = std::make_shared<RenewCall>();
    call->queue = std::move(queue);
    call->leases = std::move(leases);
    call->lock_duration = lock_duration;
    call->done = std::move(done);
    renew_next(std::move(call));
}

void RedisStore::renew_next(std::shared_ptr<RenewCall> call) {
    const std::size_t from = call->renewed.size();
    const std::size_t end = std::min(call->leases.size(), from + contract::batch_jobs_max);
    ScriptArgs args;
    args.millis(std::max(call->lock_duration, Millis{1})).number(end - from);
    for (std::size_t i = from; i < end; ++i)
        args.text(call->leases[i].id).text(call->leases[i].token);
    runner_.run(
        scripts().renew, call->queue, args, [this, call](Result<redis::Reply> reply) mutable {
            if (!reply) return call->done(reply.error());
            const redis::Value root = reply->root();
            const std::size_t before = call->renewed.size();
            auto reason = root.begin();
            const bool any_cancelled = reason != root.end();
            const std::string_view flags = any_cancelled ? (*reason).text() : root.text();
            for (const char held : flags) {
                if (call->renewed.size() == call->leases.size()) break;
                const JobId& id = call->leases[call->renewed.size()].id;
                if (held == '1')
                    call->renewed.emplace_back();
                else if (held == '2')
                    call->renewed.emplace_back(
                        Error(ErrorCode::cancelled, std::string((*++reason).text())));
                else
                    call->renewed.emplace_back(error_of_code(2, call->queue, id));
            }
            if (call->renewed.size() == call->leases.size())
                return call->done(std::move(call->renewed));
            if (call->renewed.size() == before)
                return call->done(Error(ErrorCode::corrupt, "redis gave no answer to a renewal"));
            renew_next(std::move(call));
        });
}

void RedisStore::recover_stalled(contract::StalledParams params,
                                 contract::Done<std::vector<JobId>> done) {
    ScriptArgs args;
    args.time(params.now).millis(params.interval).number(params.stalled_max);
    runner_.run(scripts().recover_stalled,
                params.queue,
                args,
                [done = std::move(done)](Result<redis::Reply> reply) {
                    if (!reply) return done(reply.error());
                    std::vector<JobId> ids;
                    for (const redis::Value id : reply->root())
                        ids.emplace_back(id.text());
                    done(std::move(ids));
                });
}

std::unique_ptr<contract::Watcher> RedisStore::watch(contract::WatchParams params) {
    const std::string base = runner_.base(params.queue);
    if (params.what == contract::WatchFor::changes)
        return std::make_unique<ChangeWatcher>(
            links_, base, events_client_name(runner_.prefix(), params.queue));
    if (params.what == contract::WatchFor::cancellations)
        return std::make_unique<CancelWatcher>(links_, base + "toril:cancel");
    return std::make_unique<WorkWatcher>(
        links_, base, worker_client_name(runner_.prefix(), params.queue, params.name));
}

}  // namespace toril::redis_store

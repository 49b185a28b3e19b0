// Idempotency records on Redis.

#include "backend/redis/lock/lock_scripts.hpp"
#include "backend/redis/lock/lock_store_impl.hpp"
#include "backend/redis/lock/renewals.hpp"

#include <utility>

namespace toril::redis_store {
namespace {

// How long a record is kept that is running, beyond its lease, or was forgotten: for who finishes
// late, and for the fence.
constexpr Millis without_lease{86'400'000};

using Kind = contract::BeginAnswer::Kind;

contract::BeginAnswer begun(const redis::Value& parts) {
    switch (parts.size() == 0 ? -1 : parts[0].integer()) {
        case 0: return {.kind = Kind::run, .fence = static_cast<std::uint64_t>(parts[1].integer())};
        case 1:
            return {.kind = Kind::running,
                    .remaining = Millis{std::max<std::int64_t>(0, parts[1].integer())}};
        case 2:
            return {.kind = Kind::replay,
                    .value = std::string(parts[1].text()),
                    .failed = parts[2].text() == "1"};
        default: return {.kind = Kind::mismatch};
    }
}

// Answers 0 as done, else as `not_owner`.
LockLinks::OnReply unless_another(std::string key, contract::DoneStatus done) {
    return [key = std::move(key), done = std::move(done)](Result<redis::Reply> reply) {
        if (!reply) return done(reply.error());
        if (reply->root().integer() == 0) return done({});
        done(Error(ErrorCode::not_owner,
                   "the lease of \"" + key + "\" was lost; what another did counts"));
    };
}

}  // namespace

void RedisLockStore::begin(contract::BeginParams params,
                           contract::Done<contract::BeginAnswer> done) {
    const std::string record = links_->record(params.key);
    const std::string lease = links_->lease(params.key);
    const std::string_view keys[]{record, lease};
    ScriptArgs args;
    args.text(params.token).text(params.fingerprint).millis(params.lease).millis(without_lease);
    links_->run(lock_scripts().begin,
                keys,
                args,
                params.timeout,
                [done = std::move(done)](Result<redis::Reply> reply) {
                    if (!reply) return done(reply.error());
                    done(begun(reply->root()));
                });
}

void RedisLockStore::renew_records(std::vector<contract::LockRef> records,
                                   Millis timeout,
                                   contract::Done<std::vector<Status>> done) {
    auto renewal = std::make_shared<Renewal>();
    renewal->locks = std::move(records);
    renewal->done = std::move(done);
    renewal->send = [links = links_, timeout](const std::vector<contract::LockRef>& all,
                                              std::size_t from,
                                              std::size_t end,
                                              LockLinks::OnReply answered) {
        std::vector<std::string> names;
        ScriptArgs args;
        args.millis(without_lease);
        for (std::size_t i = from; i < end; ++i) {
            names.push_back(links->record(all[i].key));
            names.push_back(links->lease(all[i].key));
            args.text(all[i].token).millis(all[i].ttl);
        }
        const std::vector<std::string_view> keys(names.begin(), names.end());
        links->run(lock_scripts().renew_records, keys, args, timeout, std::move(answered));
    };
    renew_next(std::move(renewal));
}

void RedisLockStore::finish(contract::RecordParams params, contract::DoneStatus done) {
    const std::string record = links_->record(params.key);
    const std::string lease = links_->lease(params.key);
    const std::string channel = links_->recorded_channel(params.key);
    const std::string_view keys[]{record, lease};
    ScriptArgs args;
    args.text(params.token)
        .text(params.value)
        .flag(params.failed)
        .millis(params.keep)
        .text(channel);
    links_->run(lock_scripts().finish,
                keys,
                args,
                params.timeout,
                unless_another(params.key, std::move(done)));
}

void RedisLockStore::forget(contract::LockRef ref, Millis timeout, contract::DoneStatus done) {
    const std::string record = links_->record(ref.key);
    const std::string lease = links_->lease(ref.key);
    const std::string channel = links_->recorded_channel(ref.key);
    const std::string_view keys[]{record, lease};
    ScriptArgs args;
    args.text(ref.token).millis(without_lease).text(channel);
    links_->run(
        lock_scripts().forget, keys, args, timeout, unless_another(ref.key, std::move(done)));
}

}  // namespace toril::redis_store

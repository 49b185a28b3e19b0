// Jobs of processes on this host that are gone: taken back long before their locks expire.
//
// A lock's token begins with the tag of its worker's process (base/process_tag.hpp). The host
// of that process is the only one that can tell whether it lives, so nobody else asks.

#include "backend/redis/redis_store_impl.hpp"
#include "backend/redis/scripts.hpp"
#include "base/process_tag.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

namespace toril::redis_store {
namespace {

// Active jobs that one step looks at: about a millisecond of the server's time.
constexpr std::int64_t step_locks_max = 2'000;
// Jobs that one step puts back: some milliseconds.
constexpr std::size_t step_jobs_max = 500;

}  // namespace

std::string RedisStore::process_tag() const {
    return base::process_tag();
}

struct RedisStore::TakeoverCall {
    std::string queue;
    std::string host;
    int stalled_max;
    contract::Done<std::vector<JobId>> done;
    std::int64_t at = 0;
    std::map<std::string, bool, std::less<>> dead{};  // by tag
    std::vector<std::string> found{};                 // id and token in turn, newest run first
    std::size_t sent = 0;                             // of `found`
    std::vector<JobId> recovered{};
};

void RedisStore::recover_dead(std::string queue,
                              int stalled_max,
                              contract::Done<std::vector<JobId>> done) {
    auto call = std::make_shared<TakeoverCall>();
    call->host = base::host_tag();
    if (call->host.empty()) return done(std::vector<JobId>{});
    call->queue = std::move(queue);
    call->stalled_max = stalled_max;
    call->done = std::move(done);
    takeover_next(std::move(call));
}

void RedisStore::takeover_next(std::shared_ptr<TakeoverCall> call) {
    ScriptArgs args;
    args.number(call->at).number(step_locks_max).text(call->host);
    const std::string_view queue = call->queue;
    runner_.run(scripts().active_locks,
                queue,
                args,
                [this, call](const Result<redis::Reply>& reply) mutable {
                    if (!reply) return call->done(reply.error());
                    const redis::Value root = reply->root();
                    auto at = root.begin();
                    const std::int64_t looked = (*at).integer();
                    for (++at; at != root.end(); ++at) {
                        const std::string_view id = (*at).text();
                        if (++at == root.end()) break;
                        const std::string_view token = (*at).text();
                        const std::string tag(base::leading_process_tag(token));
                        if (tag.empty()) continue;
                        const auto known = call->dead.find(tag);
                        const bool dead = known != call->dead.end()
                                              ? known->second
                                              : (call->dead[tag] = base::is_proved_dead(tag));
                        if (!dead) continue;
                        call->found.emplace_back(id);
                        call->found.emplace_back(token);
                    }
                    call->at += looked;
                    if (looked == step_locks_max) return takeover_next(std::move(call));
                    put_back(std::move(call));
                });
}

void RedisStore::put_back(std::shared_ptr<TakeoverCall> call) {
    const std::size_t end = std::min(call->found.size(), call->sent + 2 * step_jobs_max);
    if (call->sent == end) return call->done(std::move(call->recovered));
    ScriptArgs args;
    args.number(call->stalled_max);
    for (; call->sent < end; ++call->sent)
        args.text(call->found[call->sent]);
    const std::string_view queue = call->queue;
    runner_.run(scripts().recover_dead,
                queue,
                args,
                [this, call](const Result<redis::Reply>& reply) mutable {
                    if (!reply) return call->done(reply.error());
                    for (const redis::Value id : reply->root())
                        call->recovered.emplace_back(id.text());
                    put_back(std::move(call));
                });
}

}  // namespace toril::redis_store

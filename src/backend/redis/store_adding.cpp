// Adding: batches of one queue, and flows over several.

#include "backend/redis/batches.hpp"
#include "backend/redis/linked_adds.hpp"
#include "backend/redis/redis_store_impl.hpp"
#include "backend/redis/scripts.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

namespace toril::redis_store {

using contract::Added;
using contract::AddJob;

// A call of more jobs than one script takes goes in parts, each with a token of its own. A part
// that fails fails the call; a repeat finds the parts that were done.
struct RedisStore::AddCall {
    contract::AddParams params;
    contract::Done<std::vector<Result<Added>>> done;
    std::vector<JobId> ids;
    std::vector<Result<Added>> added{};
    std::size_t at = 0;
};

void RedisStore::add(contract::AddParams params, contract::Done<std::vector<Result<Added>>> done) {
    if (params.jobs.empty()) return done(std::vector<Result<Added>>{});
    auto call = std::make_shared<AddCall>();
    call->ids.reserve(params.jobs.size());
    for (const AddJob& job : params.jobs)
        call->ids.push_back(job.id);
    call->params = std::move(params);
    call->done = std::move(done);
    add_next(std::move(call));
}

void RedisStore::add_next(std::shared_ptr<AddCall> call) {
    const std::size_t from = call->at;
    const std::size_t end = end_of_add_batch(call->params.jobs, from);
    std::string token = call->params.repeat_token;
    if (from > 0 && !token.empty()) token += "/" + std::to_string(from);
    const auto jobs = std::span<const AddJob>(call->params.jobs).subspan(from, end - from);
    const bool linked = are_linked(jobs);
    const std::string& queue = call->params.queue;
    const ScriptArgs args = linked ? encode_linked(call->params, jobs, token, runner_.prefix())
                                   : encode_add(call->params, jobs, token);
    std::vector<std::string> keys;
    if (linked)
        for (const AddJob& job : jobs)
            append_keys(keys, runner_.prefix(), queue, job);
    runner_.run(
        linked ? scripts().add_linked : scripts().add,
        queue,
        args,
        [this, call, end, linked](Result<redis::Reply> reply) mutable {
            if (!reply) return call->done(reply.error());
            const auto ids = std::span<const JobId>(call->ids).subspan(call->at, end - call->at);
            auto added = linked ? decode_linked(call->params.queue, ids, reply->root())
                                : decode_added(ids, reply->root());
            call->at = end;
            if (call->added.empty())
                call->added = std::move(added);
            else
                std::move(added.begin(), added.end(), std::back_inserter(call->added));
            if (end < call->ids.size()) return add_next(std::move(call));
            call->done(std::move(call->added));
        },
        std::move(keys));
}

// One script: it holds up the server about as long as as many adds do that come together.
void RedisStore::add_flow(contract::AddFlowParams params,
                          contract::Done<std::vector<Result<Added>>> done) {
    if (params.nodes.empty()) return done(std::vector<Result<Added>>{});
    std::vector<JobId> ids;
    std::vector<std::string> keys;
    for (const auto& node : params.nodes) {
        if (node.job.id.empty() || node.job.deduplication)
            return done(Error(ErrorCode::invalid_argument,
                              "a job of a flow needs an id, and cannot be deduplicated"));
        ids.push_back(node.job.id);
        keys.push_back(runner_.base(node.queue));
        append_keys(keys, runner_.prefix(), node.queue, node.job);
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    const ScriptArgs args = encode_flow(params, runner_.prefix());
    runner_.run(
        scripts().add_flow,
        params.nodes.front().queue,
        args,
        [ids = std::move(ids), done = std::move(done)](Result<redis::Reply> reply) {
            if (!reply) return done(reply.error());
            done(decode_flow(ids, reply->root()));
        },
        std::move(keys));
}

}  // namespace toril::redis_store

#include "backend/redis/linked_adds.hpp"

#include "backend/redis/batches.hpp"
#include "base/parent.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace toril::redis_store {
namespace {

using contract::Added;
using contract::AddJob;

// rule := ttl, ms "|" flags
std::string rule_of(const Deduplication& rule) {
    std::string text = std::to_string(std::max(rule.ttl, Millis{0}).count()) + "|";
    if (rule.extend) text += 'e';
    if (rule.replace) text += 'r';
    if (rule.reschedule) text += 's';
    if (rule.keep_last_if_active) text += 'k';
    return text;
}

std::string queue_prefix(std::string_view prefix, std::string_view queue) {
    return base::job_key(prefix, queue, {});
}

void encode_job(ScriptArgs& args,
                const AddJob& job,
                std::string_view kind,
                std::string_view prefix) {
    args.text(kind).text(job.id).text(job.name).text(job.data).text(job.opts);
    if (job.timestamp == Timestamp{})
        args.text({});
    else
        args.time(job.timestamp);
    args.millis(std::max(job.delay, Millis{0})).number(std::max(job.priority, 0));
    if (job.parent) {
        const contract::ParentLink& parent = *job.parent;
        args.owned(queue_prefix(prefix, parent.queue)).text(parent.id);
        args.owned(base::parent_json(prefix, parent.queue, parent.id, parent.policy));
    } else {
        args.text({}).text({}).text({});
    }
    args.text(job.repeat_job_key);
    if (job.deduplication)
        args.text(job.deduplication->id).owned(rule_of(*job.deduplication));
    else
        args.text({}).text({});
}

Error no_parent(std::string_view job) {
    return {ErrorCode::not_found, "the parent of job \"" + std::string(job) + "\" does not exist"};
}

Error other_parent(std::string_view job) {
    return {ErrorCode::wrong_state,
            "job \"" + std::string(job) + "\" exists and has another parent"};
}

}  // namespace

bool are_linked(std::span<const AddJob> jobs) {
    return std::any_of(jobs.begin(), jobs.end(), [](const AddJob& job) {
        return job.deduplication || job.parent || !job.repeat_job_key.empty();
    });
}

ScriptArgs encode_linked(const contract::AddParams& params,
                         std::span<const AddJob> jobs,
                         std::string_view token,
                         std::string_view prefix) {
    ScriptArgs args;
    args.reserve(5 + jobs.size() * 14);
    args.time(params.now).text(token).number(params.repeat_sequence);
    args.millis(params.repeat_lifetime).number(jobs.size());
    for (const AddJob& job : jobs)
        encode_job(args, job, kind_of(job), prefix);
    return args;
}

std::vector<Result<Added>> decode_linked(std::string_view queue,
                                         std::span<const JobId> ids,
                                         const redis::Value& reply) {
    std::vector<Result<Added>> added;
    added.reserve(ids.size());
    for (const redis::Value answer : reply) {
        const std::string_view text = answer.text();
        const std::string job =
            std::string(queue) + ":" + (added.size() < ids.size() ? ids[added.size()] : JobId{});
        if (text.starts_with('5'))
            added.emplace_back(no_parent(job));
        else if (text.starts_with('7'))
            added.emplace_back(other_parent(job));
        else
            added.emplace_back(
                Added{.id = JobId(text.substr(std::min<std::size_t>(1, text.size()))),
                      .existed = text.starts_with('e'),
                      .deduplicated = text.starts_with('d')});
    }
    return added;
}

ScriptArgs encode_flow(const contract::AddFlowParams& params, std::string_view prefix) {
    std::unordered_map<std::string_view, std::size_t> numbers;
    std::vector<std::string_view> queues;
    for (const auto& node : params.nodes)
        if (numbers.try_emplace(node.queue, queues.size() + 1).second) queues.push_back(node.queue);
    ScriptArgs args;
    args.reserve(6 + queues.size() + params.nodes.size() * 15);
    args.time(params.now).text(params.repeat_token).number(params.repeat_sequence);
    args.millis(contract::repeat_token_lifetime).number(queues.size());
    for (const std::string_view queue : queues)
        args.owned(queue_prefix(prefix, queue));
    args.number(params.nodes.size());
    for (const auto& node : params.nodes) {
        args.number(numbers.at(node.queue));
        encode_job(args, node.job, node.job.has_children ? "c" : kind_of(node.job), prefix);
    }
    return args;
}

std::vector<Result<Added>> decode_flow(std::span<const JobId> ids, const redis::Value& reply) {
    const std::string_view flags = reply.text();
    std::vector<Result<Added>> added;
    added.reserve(ids.size());
    for (std::size_t i = 0; i < ids.size() && i < flags.size(); ++i) {
        if (flags[i] == '5')
            added.emplace_back(no_parent(ids[i]));
        else if (flags[i] == '7')
            added.emplace_back(other_parent(ids[i]));
        else if (flags[i] == 'c')
            added.emplace_back(Error(ErrorCode::cancelled,
                                     "another job of the flow was refused; nothing was added"));
        else
            added.emplace_back(Added{.id = ids[i], .existed = flags[i] == '1'});
    }
    return added;
}

void append_keys(std::vector<std::string>& keys,
                 std::string_view prefix,
                 std::string_view queue,
                 const AddJob& job) {
    if (!job.id.empty()) keys.push_back(base::job_key(prefix, queue, job.id));
    if (job.parent) {
        keys.push_back(queue_prefix(prefix, job.parent->queue));
        keys.push_back(base::job_key(prefix, job.parent->queue, job.parent->id));
    }
    if (job.deduplication)
        for (const char* suffix : {"de:", "dn:"})
            keys.push_back(base::job_key(prefix, queue, suffix + job.deduplication->id));
}

}  // namespace toril::redis_store

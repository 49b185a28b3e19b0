// Adding flows: jobs in several queues, all or none (bullmq-wire 3.2.8).

#include "backend/memory/families.hpp"

#include <map>
#include <optional>
#include <set>

namespace toril::memory {
namespace {

using Nodes = std::vector<contract::AddFlowParams::Node>;

JobKey key_of_link(const contract::ParentLink& link) {
    return {link.queue, link.id};
}

// Plays a flow through before anything is changed: what BullMQ refuses half-way is refused as a
// whole here.
class Rehearsal {
public:
    explicit Rehearsal(const MemoryQueues& all) : all_(all) {}

    Status add(const JobKey& job, const contract::AddJob& added) {
        const auto wanted = added.parent ? std::optional(key_of_link(*added.parent)) : std::nullopt;
        if (wanted && !exists(*wanted))
            return Error(ErrorCode::not_found,
                         "there is no parent \"" + wanted->id + "\" in \"" + wanted->queue + "\"");
        if (!exists(job)) {
            parents_[job] = wanted;
            return {};
        }
        if (!wanted) return {};
        const std::optional<JobKey> has = parent(job);
        if (has && exists(*has) && *has != *wanted)
            return Error(ErrorCode::wrong_state,
                         "job \"" + job.id + "\" of \"" + job.queue +
                             "\" has a parent already, \"" + has->id + "\" of \"" + has->queue +
                             "\"");
        parents_[job] = wanted;
        return {};
    }

private:
    bool exists(const JobKey& job) const {
        return parents_.contains(job) || all_.find(job) != nullptr;
    }
    std::optional<JobKey> parent(const JobKey& job) const {
        if (const auto found = parents_.find(job); found != parents_.end()) return found->second;
        const JobRecord* record = all_.find(job);
        if (record == nullptr || !record->links.parent) return std::nullopt;
        return record->links.parent->key;
    }

    const MemoryQueues& all_;
    std::map<JobKey, std::optional<JobKey>> parents_{};  // of the jobs added or linked so far
};

}  // namespace

std::vector<Result<contract::Added>> MemoryQueues::add_flow(const contract::AddFlowParams& params,
                                                            Timestamp now) {
    const Repeats::AddCall call{.token = params.repeat_token, .sequence = params.repeat_sequence};
    if (const auto* first_answer = flow_repeats_.find(call)) return *first_answer;
    Rehearsal rehearsal(*this);
    std::vector<Result<contract::Added>> refused;
    bool any_refused = false;
    for (const auto& [queue, job] : params.nodes) {
        const Status fine = rehearsal.add({queue, job.id}, job);
        any_refused |= !fine;
        refused.push_back(fine ? Error(ErrorCode::cancelled, "another job of the flow was refused")
                               : fine.error());
    }
    std::vector<Result<contract::Added>> answer = any_refused ? refused : add_all(params, now);
    flow_repeats_.keep(call, answer, now);
    return answer;
}

// A parent may find that all its children have completed already. It runs when all are linked.
std::vector<Result<contract::Added>> MemoryQueues::add_all(const contract::AddFlowParams& params,
                                                           Timestamp now) {
    std::vector<Result<contract::Added>> added;
    std::set<JobKey> released;
    for (const auto& [queue, job] : params.nodes)
        added.push_back(at(queue).add_one(job, now, ParentsRun::later));
    const auto release = [&](const JobKey& key) {
        if (!released.insert(key).second) return;
        if (JobRecord* parent = find(key)) release_if_done(*parent, now);
    };
    for (const auto& [queue, job] : params.nodes) {
        if (job.has_children) release({queue, job.id});
        if (job.parent) release(key_of_link(*job.parent));
    }
    return added;
}

}  // namespace toril::memory

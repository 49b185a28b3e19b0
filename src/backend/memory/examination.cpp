// What is wrong with the queues of a store that cannot be damaged from outside: jobs and
// schedulers that wait for what will not come.

#include "backend/memory/families.hpp"
#include "base/schedule.hpp"

namespace toril::memory {
namespace {

// Why a parent will wait for ever if nobody acts; empty: it may go on.
std::string why_stuck(const JobRecord& parent, const MemoryQueues& all) {
    const std::string name =
        "job \"" + parent.id + "\" of \"" + parent.queue->name() + "\" waits for ";
    if (parent.links.children.unprocessed.empty()) return name + "children and has none left";
    for (const JobKey& key : parent.links.children.unprocessed) {
        const JobRecord* child = all.find(key);
        const std::string what = "job \"" + key.id + "\" of \"" + key.queue + "\", which ";
        if (child == nullptr) return name + what + "is gone";
        if (child->home == JobState::failed)
            return name + what + "failed, and its failure does nothing to its parent";
    }
    return {};
}

Finding stuck_parent(const JobRecord& parent, std::string cause) {
    return {.severity = Finding::Severity::error,
            .code = "stuck_parent",
            .queue = parent.queue->name(),
            .cause = std::move(cause),
            .remedy = "retry or remove the child"};
}

Finding stalled_scheduler(const MemoryQueue& queue, const contract::Scheduler& scheduler) {
    return {.severity = Finding::Severity::error,
            .code = "stalled_scheduler",
            .queue = queue.name(),
            .cause = "scheduler \"" + scheduler.id + "\" of \"" + queue.name() +
                     "\" makes no more jobs: its next one, \"" +
                     base::scheduled_job_id(scheduler.id, scheduler.next) +
                     "\", is gone or ended without being followed",
            .remedy = "toril doctor --repair makes that run anew",
            .repairable = true};
}

}  // namespace

std::vector<Finding> MemoryQueues::examine(bool repair, Timestamp now) {
    std::vector<Finding> findings;
    for (MemoryQueue* queue : all()) {
        for (const JobRecord* parent : queue->home(JobState::waiting_children)) {
            std::string cause = why_stuck(*parent, *this);
            if (!cause.empty()) findings.push_back(stuck_parent(*parent, std::move(cause)));
        }
        for (const contract::Scheduler& scheduler : queue->stalled_schedulers(now)) {
            findings.push_back(stalled_scheduler(*queue, scheduler));
            findings.back().repaired = repair;
            if (repair) queue->restart_scheduler(scheduler.id, now);
        }
    }
    return findings;
}

}  // namespace toril::memory

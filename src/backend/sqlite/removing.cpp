// One job is removed, and those that it waits for.

#include "backend/sqlite/deduplication.hpp"
#include "backend/sqlite/operations.hpp"
#include "backend/sqlite/parents.hpp"
#include "backend/sqlite/schedulers.hpp"

#include <optional>
#include <set>
#include <utility>

namespace toril::sqlite {
namespace {

using Child = contract::Dependency::State;

bool is_held(const JobHead& job, std::int64_t now_ms) {
    return job.lease && job.lease->is_held(now_ms);
}

// Whether a worker has the job, or one of those that it still waits for.
bool is_family_held(Session& session, const JobHead& job, bool children_too, std::int64_t now_ms) {
    std::set<std::int64_t> seen;
    std::vector<JobHead> waiting{job};
    while (!waiting.empty()) {
        const JobHead next = std::move(waiting.back());
        waiting.pop_back();
        if (is_held(next, now_ms)) return true;
        if (!children_too || !next.has_children() || !seen.insert(next.key).second) continue;
        for (const ChildTable::Row& row : session.children.all(next.key, Child::unprocessed))
            if (const auto child = session.find(row.queue, row.id); child.job)
                waiting.push_back(*child.job);
    }
    return false;
}

struct FamilyRules {
    bool children_too = true;
    bool unprocessed_only = false;  // and of those only the ones that no worker has
};

// Removes a job after its children, as deep as it goes, with BullMQ's events in its order: a
// child leaves its parent first, so that a parent runs for a moment before it goes too.
class FamilyRemoval {
public:
    FamilyRemoval(Session& session, FamilyRules rules)
        : session_(session), rules_(rules), now_ms_(session.ms({})) {}

    void push(const contract::JobRef& ref, const std::optional<contract::ParentLink>& parent) {
        steps_.push_back({ref, parent, /*entered=*/false});
    }
    void push_children(const contract::JobRef& ref, const JobHead& job) {
        const contract::ParentLink parent{ref.queue, ref.id};
        const auto push_all = [&](Child state) {
            const auto rows = session_.children.all(job.key, state);
            for (auto row = rows.rbegin(); row != rows.rend(); ++row)
                push({row->queue, row->id}, parent);
        };
        // The last one pushed goes first.
        push_all(Child::unprocessed);
        if (rules_.unprocessed_only) return;
        push_all(Child::failed);
        push_all(Child::ignored);
        push_all(Child::processed);
    }

    /// Even when it is below itself.
    void spare(const JobHead& job) { entered_.insert(job.key); }

    /// Answers how many went.
    std::size_t run() {
        while (!steps_.empty()) {
            Step step = std::move(steps_.back());
            steps_.pop_back();
            if (step.entered)
                leave(step.ref);
            else
                enter(std::move(step));
        }
        return removed_;
    }

private:
    struct Step {
        contract::JobRef ref{};
        std::optional<contract::ParentLink> parent{};
        bool entered = false;
    };

    void enter(Step step) {
        const auto [queue, job] = session_.find(step.ref.queue, step.ref.id);
        if (job && rules_.unprocessed_only &&
            (is_held(*job, now_ms_) || job->state() == JobState::failed))
            return;
        if (job && !entered_.insert(job->key).second) return;
        if (step.parent) detach(session_, {step.ref.queue, step.ref.id}, *step.parent);
        if (!job) return;
        const contract::JobRef ref = step.ref;
        step.entered = true;
        steps_.push_back(std::move(step));
        if (rules_.children_too && job->has_children()) push_children(ref, *job);
    }

    void leave(const contract::JobRef& ref) {
        const auto [queue, job] = session_.find(ref.queue, ref.id);
        if (!job) return;
        const std::string_view prev = list_name(job->state());
        drop_deduplication(session_, *queue, *job, now_ms_);
        erase_job(session_, *queue, *job);
        session_.events.removed(*queue, job->id, prev);
        ++removed_;
    }

    Session& session_;
    const FamilyRules rules_;
    const std::int64_t now_ms_;
    std::vector<Step> steps_{};
    std::set<std::int64_t> entered_{};  // a family may run in circles
    std::size_t removed_ = 0;
};

}  // namespace

Status remove(Session& session, const contract::JobRef& ref, bool children_too) {
    const auto [queue, job] = session.find(ref.queue, ref.id);
    if (!job) return no_such_job(ref.queue, ref.id);
    if (job->is_linked() && is_pending_run(session, *queue, job->id))
        return Error(ErrorCode::wrong_state,
                     "job \"" + ref.id + "\" of \"" + ref.queue +
                         "\" is the next run of a scheduler: remove the scheduler");
    if (is_family_held(session, *job, children_too, session.ms({})))
        return Error(ErrorCode::wrong_state,
                     "job \"" + ref.id + "\" of \"" + ref.queue +
                         "\", or one that it waits for, is held by a worker");
    FamilyRemoval removal(session, {.children_too = children_too});
    removal.push(ref, session.jobs.links(*job).parent);
    removal.run();
    return {};
}

Result<std::size_t> remove_unprocessed_children(Session& session, const contract::JobRef& ref) {
    const auto [queue, job] = session.find(ref.queue, ref.id);
    if (!job) return no_such_job(ref.queue, ref.id);
    FamilyRemoval removal(session, {.unprocessed_only = true});
    removal.spare(*job);
    if (job->has_children()) removal.push_children(ref, *job);
    return removal.run();
}

}  // namespace toril::sqlite

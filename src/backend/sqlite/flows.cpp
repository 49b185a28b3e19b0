// Jobs that wait for other jobs.

#include "backend/sqlite/adding.hpp"
#include "backend/sqlite/operations.hpp"
#include "backend/sqlite/parents.hpp"
#include "base/parent.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

namespace toril::sqlite {
namespace {

using contract::ParentLink;
using Node = contract::AddFlowParams::Node;

// Tells what adding a flow would be refused for, without adding any of it.
class FlowCheck {
public:
    explicit FlowCheck(Session& session) : session_(session) {}

    Status admit(const Node& node) {
        const contract::AddJob& job = node.job;
        if (job.parent && !is_there(job.parent->queue, job.parent->id))
            return Error(ErrorCode::not_found,
                         "the parent job \"" + job.parent->id + "\" of \"" + job.parent->queue +
                             "\" does not exist");
        const auto [known, is_new] = parents_.try_emplace(name(node.queue, job.id));
        if (is_new) {
            const Session::Found there = session_.find(node.queue, job.id);
            known->second = there.job ? session_.jobs.links(*there.job).parent : std::nullopt;
        }
        if (!may_change(known->second, job.parent))
            return Error(ErrorCode::wrong_state,
                         "job \"" + job.id + "\" of \"" + node.queue +
                             "\" exists, and another job waits for it");
        if (job.parent) known->second = job.parent;
        return {};
    }

private:
    static std::string name(std::string_view queue, std::string_view id) {
        return std::string(queue) + ':' + std::string(id);
    }
    bool is_there(const std::string& queue, const JobId& id) {
        return parents_.contains(name(queue, id)) || session_.find(queue, id).job;
    }
    bool may_change(const std::optional<ParentLink>& own, const std::optional<ParentLink>& other) {
        if (!own || !other || (own->queue == other->queue && own->id == other->id)) return true;
        return !is_there(own->queue, own->id);
    }

    Session& session_;
    // The jobs of the flow so far, with the parent that each has by then.
    std::unordered_map<std::string, std::optional<ParentLink>> parents_{};
};

using Answer = std::vector<Result<contract::Added>>;

// Empty: nothing speaks against it.
Answer refusals(Session& session, const std::vector<Node>& nodes) {
    FlowCheck check(session);
    std::vector<Status> checked;
    checked.reserve(nodes.size());
    for (const Node& node : nodes)
        checked.push_back(check.admit(node));
    if (std::all_of(checked.begin(), checked.end(), [](const Status& status) {
            return static_cast<bool>(status);
        }))
        return {};
    Answer answer;
    answer.reserve(nodes.size());
    for (const Status& status : checked)
        answer.emplace_back(status
                                ? Error(ErrorCode::cancelled, "another job of the flow was refused")
                                : status.error());
    return answer;
}

// A page's cursor is the name of its last child: a queue has no ':' in its name.
std::string cursor_after(const ChildTable::Row& row) {
    return row.queue + ':' + row.id;
}
ChildName cursor_from(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return {};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

Answer add_flow(Session& session, const contract::AddFlowParams& params) {
    const AddCall call{.token = params.repeat_token, .sequence = params.repeat_sequence};
    if (auto first = session.records.find_add(call)) return *first;
    Answer answer = refusals(session, params.nodes);
    if (!answer.empty()) return answer;
    answer.reserve(params.nodes.size());
    const std::int64_t now_ms = session.ms(params.now);
    HeldParents held;
    for (const Node& node : params.nodes) {
        QueueRow* queue = session.queues.find_or_make(node.queue);
        if (queue == nullptr) return answer;  // the database failed, and says so
        answer.push_back(add_one(session, *queue, node.job, now_ms, &held));
    }
    for (const ParentLink& link : held)
        if (const auto parent = find_parent(session, link); parent.job)
            release_parent_if_done(session, parent, now_ms);
    session.records.keep_add(call, answer, now_ms);
    return answer;
}

Result<contract::DependencyPage> dependencies(Session& session,
                                              const contract::DependencyParams& params) {
    const Session::Found found = session.find(params.queue, params.id);
    if (!found.job) return no_such_job(params.queue, params.id);
    contract::DependencyPage page;
    const std::size_t count = std::max<std::size_t>(1, params.count);
    auto rows =
        session.children.page(found.job->key, params.state, cursor_from(params.cursor), count);
    if (rows.size() == count) page.cursor = cursor_after(rows.back());
    page.children.reserve(rows.size());
    for (ChildTable::Row& row : rows) {
        std::string key = base::job_key(session.queues.prefix(), row.queue, row.id);
        page.children.push_back({std::move(key),
                                 std::move(row.queue),
                                 std::move(row.id),
                                 params.state,
                                 std::move(row.value)});
    }
    return page;
}

Result<contract::DependencyCounts> dependency_counts(Session& session,
                                                     const contract::JobRef& ref) {
    const Session::Found found = session.find(ref.queue, ref.id);
    if (!found.job) return no_such_job(ref.queue, ref.id);
    return session.children.counts(found.job->key);
}

Result<bool> remove_child_dependency(Session& session, const contract::JobRef& ref) {
    const auto [queue, job] = session.find(ref.queue, ref.id);
    if (!job) return no_such_job(ref.queue, ref.id);
    const auto parent = session.jobs.links(*job).parent;
    if (!parent || !find_parent(session, *parent).job)
        return Error(ErrorCode::not_found,
                     "job \"" + ref.id + "\" of \"" + ref.queue + "\" has no parent");
    if (!detach(session, {queue->name, job->id}, *parent)) return false;
    session.queues.touch(*queue);
    session.jobs.set_parent(*job, std::nullopt);
    return true;
}

}  // namespace toril::sqlite

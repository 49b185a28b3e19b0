// What users and operators ask about a job's family, and change in it.

#include "backend/memory/families.hpp"

#include <algorithm>

namespace toril::memory {
namespace {

using State = contract::Dependency::State;

// cursor := queue of the child answered last, ":", its id. Queue names have no colon.
std::string cursor_of(const JobKey& child) {
    return child.queue + ":" + child.id;
}

JobKey key_from(const std::string& cursor) {
    const std::size_t colon = cursor.find(':');
    if (colon == std::string::npos) return {};
    return {cursor.substr(0, colon), cursor.substr(colon + 1)};
}

const JobKey& key_in(const JobKey& child) {
    return child;
}
const JobKey& key_in(const std::pair<const JobKey, std::string>& child) {
    return child.first;
}
std::string value_in(const JobKey&) {
    return {};
}
std::string value_in(const std::pair<const JobKey, std::string>& child) {
    return child.second;
}

template <class Some>
contract::DependencyPage page_of(const Some& children,
                                 const contract::DependencyParams& params,
                                 const MemoryQueues& all) {
    contract::DependencyPage page;
    auto at =
        params.cursor.empty() ? children.begin() : children.upper_bound(key_from(params.cursor));
    for (; at != children.end() && page.children.size() < std::max<std::size_t>(params.count, 1);
         ++at)
        page.children.push_back({.key = all.key_text(key_in(*at)),
                                 .queue = key_in(*at).queue,
                                 .id = key_in(*at).id,
                                 .state = params.state,
                                 .value = value_in(*at)});
    if (at != children.end()) page.cursor = cursor_of(key_in(*std::prev(at)));
    return page;
}

}  // namespace

Status remove_job(MemoryQueue& queue, const JobId& id, bool children_too) {
    const Timestamp now = queue.all().time();
    JobRecord* job = queue.find(id);
    if (job == nullptr) return queue.no_such_job(id);
    const std::string name = "job \"" + id + "\" of \"" + queue.name() + "\"";
    if (queue.is_pending_run(*job))
        return Error(
            ErrorCode::wrong_state,
            name + " is the next run of scheduler \"" + job->links.scheduler + "\"; remove that");
    using Below = TreeRemoval::Below;
    TreeRemoval removal(queue.all(), children_too ? Below::everything : Below::nothing, now);
    if (removal.is_held(*job))
        return Error(ErrorCode::wrong_state, name + ", or a child of it, is held by a worker");
    removal.remove(*job);
    return {};
}

Result<contract::DependencyPage> children_page(const MemoryQueue& queue,
                                               const contract::DependencyParams& params) {
    const JobRecord* job = queue.find(params.id);
    if (job == nullptr) return queue.no_such_job(params.id);
    const Children& children = job->links.children;
    switch (params.state) {
        case State::processed: return page_of(children.processed, params, queue.all());
        case State::ignored: return page_of(children.ignored, params, queue.all());
        case State::failed: return page_of(children.failed, params, queue.all());
        default: return page_of(children.unprocessed, params, queue.all());
    }
}

Result<contract::DependencyCounts> count_children(const MemoryQueue& queue, const JobId& id) {
    const JobRecord* job = queue.find(id);
    if (job == nullptr) return queue.no_such_job(id);
    const Children& children = job->links.children;
    return contract::DependencyCounts{.unprocessed = children.unprocessed.size(),
                                      .processed = children.processed.size(),
                                      .ignored = children.ignored.size(),
                                      .failed = children.failed.size()};
}

Result<std::size_t> remove_unprocessed_children(MemoryQueue& queue,
                                                const JobId& id,
                                                Timestamp now) {
    JobRecord* job = queue.find(id);
    if (job == nullptr) return queue.no_such_job(id);
    TreeRemoval removal(queue.all(), TreeRemoval::Below::unprocessed, now);
    removal.remove_children(*job);
    return removal.removed();
}

Result<bool> remove_child_dependency(MemoryQueue& queue, const JobId& id, Timestamp now) {
    JobRecord* job = queue.find(id);
    if (job == nullptr) return queue.no_such_job(id);
    JobRecord* parent = parent_of(*job);
    if (parent == nullptr)
        return Error(ErrorCode::not_found,
                     "job \"" + id + "\" of \"" + queue.name() + "\" has no parent");
    if (!leave_parent(key_of(*job), parent, Leaving::soft, now)) return false;
    job->links.parent.reset();
    return true;
}

}  // namespace toril::memory

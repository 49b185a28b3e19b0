#include "backend/memory/families.hpp"

#include "base/parent.hpp"

namespace toril::memory {
namespace {

template <class Map>
void append_keys(std::vector<JobKey>& keys, const Map& children) {
    for (const auto& [key, value] : children)
        keys.push_back(key);
}

}  // namespace

JobKey key_of(const JobRecord& job) {
    return {job.queue->name(), job.id};
}

JobRecord* parent_of(const JobRecord& child) {
    if (!child.links.parent) return nullptr;
    return child.queue->all().find(child.links.parent->key);
}

// ---- children that end ----------------------------------------------------------------------

void release_if_done(JobRecord& parent, Timestamp now) {
    if (parent.home == JobState::waiting_children && parent.links.children.unprocessed.empty())
        parent.queue->let_parent_run(parent, now);
}

void child_completed(const JobRecord& child, const std::string& value, Timestamp now) {
    JobRecord* parent = parent_of(child);
    if (parent == nullptr || parent->links.children.unprocessed.erase(key_of(child)) == 0) return;
    parent->links.children.processed[key_of(child)] = value;
    release_if_done(*parent, now);
}

void child_failed(const JobRecord& child, const std::string& reason, Timestamp now) {
    JobRecord* parent = parent_of(child);
    if (parent == nullptr || child.links.parent->policy == ParentPolicy::none) return;
    const JobKey key = key_of(child);
    Children& children = parent->links.children;
    if (children.unprocessed.erase(key) == 0) return;
    switch (child.links.parent->policy) {
        case ParentPolicy::fail_parent:
            children.failed.insert(key);
            parent->queue->let_parent_fail(
                *parent, base::child_failed_reason(child.queue->all().key_text(key)), now);
            break;
        case ParentPolicy::continue_parent:
            children.ignored[key] = reason;
            if (parent->home == JobState::waiting_children)
                parent->queue->let_parent_run(*parent, now);
            break;
        case ParentPolicy::ignore_dependency:
            children.ignored[key] = reason;
            release_if_done(*parent, now);
            break;
        default: release_if_done(*parent, now); break;
    }
}

void child_came_back(const JobRecord& child, JobState from) {
    JobRecord* parent = parent_of(child);
    if (parent == nullptr) return;
    const JobKey key = key_of(child);
    Children& children = parent->links.children;
    const bool was = from == JobState::failed
                         ? children.failed.erase(key) > 0 || children.ignored.erase(key) > 0
                         : children.processed.erase(key) > 0;
    if (was) children.unprocessed.insert(key);
}

// ---- children that are removed ----------------------------------------------------------------

// The parent's priority and delay do not count here: BullMQ's rule.
bool leave_parent(const JobKey& child, JobRecord* parent, Leaving how, Timestamp now) {
    if (parent == nullptr || parent->links.children.unprocessed.erase(child) == 0) return false;
    if (!parent->links.children.unprocessed.empty() || parent->home != JobState::waiting_children)
        return true;
    MemoryQueue& queue = *parent->queue;
    if (how == Leaving::hard && queue.name() == child.queue) {
        queue.discard(*parent, now);
        return true;
    }
    queue.put_in_front(*parent);
    queue.all().touch(queue);
    if (how == Leaving::soft)
        queue.emit("waiting", {{"jobId", parent->id}, {"prev", "waiting-children"}});
    return true;
}

bool TreeRemoval::is_held(const JobRecord& job) {
    if (job.lock.is_held(now_)) return true;
    if (below_ == Below::nothing || !seen_.insert(key_of(job)).second) return false;
    for (const JobKey& key : job.links.children.unprocessed) {
        const JobRecord* child = all_.find(key);
        if (child != nullptr && is_held(*child)) return true;
    }
    return false;
}

void TreeRemoval::remove(JobRecord& job) {
    seen_.clear();
    remove(job, parent_of(job));
}

void TreeRemoval::remove_children(JobRecord& job) {
    seen_ = {key_of(job)};
    remove_below(job);
}

void TreeRemoval::remove(JobRecord& job, JobRecord* parent) {
    const JobKey key = key_of(job);
    const bool spared = job.lock.is_held(now_) || job.home == JobState::failed;
    if (below_ == Below::unprocessed && spared) return;
    if (!seen_.insert(key).second) return;
    leave_parent(key, parent, Leaving::soft, now_);
    if (below_ != Below::nothing) remove_below(job);
    MemoryQueue& queue = *job.queue;
    const JobState was = queue.remove_record(job, now_);
    queue.emit("removed", {{"jobId", key.id}, {"prev", place_name(was)}});
    ++removed_;
}

// A parent whose last child goes is let go of before it goes itself, so it is seen in `wait` for
// a moment: BullMQ's rule.
void TreeRemoval::remove_below(JobRecord& job) {
    const Children& children = job.links.children;
    std::vector<JobKey> keys;  // a copy: each child leaves those lists as it goes
    if (below_ == Below::everything) {
        append_keys(keys, children.processed);
        append_keys(keys, children.ignored);
        keys.insert(keys.end(), children.failed.begin(), children.failed.end());
    }
    keys.insert(keys.end(), children.unprocessed.begin(), children.unprocessed.end());
    for (const JobKey& key : keys) {
        JobRecord* child = all_.find(key);
        if (child != nullptr)
            remove(*child, &job);
        else
            leave_parent(key, &job, Leaving::soft, now_);
    }
}

}  // namespace toril::memory

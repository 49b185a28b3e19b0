#include "flow/flow_nodes.hpp"

#include "base/names.hpp"
#include "base/uuid.hpp"
#include "queue/new_job.hpp"

#include <set>
#include <utility>

namespace toril::flow {
namespace {

std::string place(const std::string& path) {
    return path.empty() ? "the flow's root" : path;
}

class Flattener {
public:
    explicit Flattener(std::string_view prefix) : prefix_(prefix) {}

    Status add(const FlowJob& job, const ParentRef* parent, const std::string& path, int depth) {
        if (depth > flow_depth_max)
            return limit(path, "more than " + std::to_string(flow_depth_max) + " generations");
        if (found_.nodes.size() >= flow_jobs_max)
            return limit(path, "more than " + std::to_string(flow_jobs_max) + " jobs");
        Result<contract::AddJob> checked = checked_job(job, parent);
        if (!checked)
            return Error(checked.error().code(), place(path) + ": " + checked.error().message());
        if (checked->id.empty()) checked->id = base::make_uuid();
        if (!seen_.insert(job.queue + ":" + checked->id).second)
            return refused(path,
                           "job " + checked->id + " of \"" + job.queue + "\" is in it already");
        checked->has_children = !job.children.empty();
        const ParentRef self{.queue = job.queue, .id = checked->id};
        found_.nodes.push_back({job.queue, std::move(*checked)});
        found_.paths.push_back(path);
        for (std::size_t i = 0; i < job.children.size(); ++i)
            if (Status s = add(job.children[i], &self, child_path(path, i), depth + 1); !s)
                return s;
        return {};
    }

    FlowNodes take() && { return std::move(found_); }

private:
    static std::string child_path(const std::string& path, std::size_t index) {
        return (path.empty() ? "" : path + ".") + "children[" + std::to_string(index) + "]";
    }

    static Status refused(const std::string& path, const std::string& why) {
        return Error(ErrorCode::invalid_argument, place(path) + ": " + why);
    }
    static Status limit(const std::string& path, const std::string& what) {
        return Error(ErrorCode::limit_reached, place(path) + ": a flow cannot have " + what);
    }

    Result<contract::AddJob> checked_job(const FlowJob& job, const ParentRef* parent) const {
        if (Status s = base::check_queue_name(job.queue); !s) return s.error();
        if (job.options.deduplication)
            return Error(ErrorCode::invalid_argument,
                         "a job of a flow cannot have a deduplication");
        if (job.options.parent)
            return Error(ErrorCode::invalid_argument,
                         "a job of a flow cannot name a parent: that is where it stands");
        if (parent == nullptr)
            return queue::check_new_job(job.name, job.data, job.options, prefix_);
        JobOptions options = job.options;
        options.parent = *parent;
        return queue::check_new_job(job.name, job.data, options, prefix_);
    }

    const std::string_view prefix_;
    FlowNodes found_{};
    std::set<std::string> seen_{};
};

FlowNode shaped_from(const FlowJob& flow, std::span<const contract::Added>& left) {
    FlowNode node{.queue = flow.queue, .id = left.front().id, .existed = left.front().existed};
    left = left.subspan(1);
    node.children.reserve(flow.children.size());
    for (const FlowJob& child : flow.children)
        node.children.push_back(shaped_from(child, left));
    return node;
}

}  // namespace

Result<FlowNodes> flow_nodes(const FlowJob& flow, std::string_view prefix) {
    Flattener flattener(prefix);
    if (Status s = flattener.add(flow, nullptr, "", 1); !s) return s.error();
    return std::move(flattener).take();
}

FlowNode shaped(const FlowJob& flow, std::span<const contract::Added> added) {
    return shaped_from(flow, added);
}

}  // namespace toril::flow

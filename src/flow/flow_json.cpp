#include "base/json_members.hpp"
#include "base/json_strings.hpp"
#include "base/object_writer.hpp"

#include <toril/flow.hpp>
#include <toril/job_json.hpp>

#include <utility>

namespace toril {
namespace {

Error refused(const std::string& path, const std::string& why) {
    return {ErrorCode::invalid_argument, (path.empty() ? "the flow's root" : path) + ": " + why};
}

Result<FlowJob> flow_job(std::string_view json, const std::string& path, int depth);

Result<std::string> text_of(const base::JsonMember& member, const std::string& path) {
    if (!member.value.starts_with('"'))
        return refused(path, "\"" + member.key + "\" must be a string");
    return base::strings_from_json("[" + std::string(member.value) + "]").front();
}

Result<std::vector<FlowJob>> children_of(std::string_view json,
                                         const std::string& path,
                                         int depth) {
    const Json text = Json::unchecked(std::string(json));
    const auto elements = base::json_elements(text);
    if (!elements) return refused(path, "\"children\" must be an array");
    std::vector<FlowJob> children;
    for (std::size_t i = 0; i < elements->size(); ++i) {
        Result<FlowJob> child =
            flow_job((*elements)[i],
                     (path.empty() ? "" : path + ".") + "children[" + std::to_string(i) + "]",
                     depth + 1);
        if (!child) return child.error();
        children.push_back(std::move(*child));
    }
    return children;
}

Status read_member(const base::JsonMember& member,
                   const std::string& path,
                   int depth,
                   FlowJob& into) {
    if (member.key == "name" || member.key == "queueName") {
        Result<std::string> text = text_of(member, path);
        if (!text) return text.error();
        (member.key == "name" ? into.name : into.queue) = std::move(*text);
    } else if (member.key == "data") {
        into.data = Json::unchecked(std::string(member.value));
    } else if (member.key == "opts") {
        Result<JobOptions> options =
            job_options_from_json(Json::unchecked(std::string(member.value)));
        if (!options) return refused(path, options.error().message());
        into.options = std::move(*options);
    } else if (member.key == "children") {
        if (member.value == "null") return {};
        Result<std::vector<FlowJob>> children = children_of(member.value, path, depth);
        if (!children) return children.error();
        into.children = std::move(*children);
    } else {
        return refused(path,
                       "a job of a flow has no member " + Json::string(member.key).text() +
                           "; it may have \"name\", \"queueName\", \"data\", \"opts\" and "
                           "\"children\"");
    }
    return {};
}

Result<FlowJob> flow_job(std::string_view json, const std::string& path, int depth) {
    if (depth > flow_depth_max)
        return Error(ErrorCode::limit_reached,
                     path + ": more than " + std::to_string(flow_depth_max) + " generations");
    const Json text = Json::unchecked(std::string(json));
    const auto members = base::json_members(text);
    if (!members)
        return refused(path, "a job of a flow must be an object with \"name\" and \"queueName\"");
    FlowJob job{.data = Json::unchecked("{}")};
    for (const base::JsonMember& member : *members)
        if (Status s = read_member(member, path, depth, job); !s) return s.error();
    for (const auto& [what, value] : {std::pair{"name", &job.name}, {"queueName", &job.queue}})
        if (value->empty()) return refused(path, "it needs a \"" + std::string(what) + "\"");
    return job;
}

template <class Child>
std::string array_of(const std::vector<Child>& children) {
    std::string text = "[";
    for (const Child& child : children)
        text.append(text.size() == 1 ? "" : ",").append(to_json(child).text());
    return text + "]";
}

}  // namespace

Result<FlowJob> flow_job_from_json(const Json& json) {
    return flow_job(json.text(), "", 1);
}

Json to_json(const FlowNode& node) {
    base::ObjectWriter object;
    object.string("id", node.id);
    object.string("queueName", node.queue);
    object.boolean("existed", node.existed);
    object.raw("children", array_of(node.children));
    return std::move(object).finish();
}

Json to_json(const FlowTree& tree) {
    base::ObjectWriter object;
    object.raw("job", to_json(tree.job).text());
    object.raw("children", array_of(tree.children));
    object.number("moreChildren", tree.more_children);
    object.string("stuck", tree.stuck);
    return std::move(object).finish();
}

}  // namespace toril

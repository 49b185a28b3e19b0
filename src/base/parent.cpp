#include "base/parent.hpp"

#include <toril/json.hpp>

namespace toril::base {

std::string job_key(std::string_view prefix, std::string_view queue, std::string_view id) {
    std::string key;
    key.reserve(prefix.size() + queue.size() + id.size() + 2);
    return key.append(prefix).append(":").append(queue).append(":").append(id);
}

std::string_view policy_flag(ParentPolicy policy) noexcept {
    switch (policy) {
        case ParentPolicy::fail_parent: return "fpof";
        case ParentPolicy::continue_parent: return "cpof";
        case ParentPolicy::ignore_dependency: return "idof";
        case ParentPolicy::remove_dependency: return "rdof";
        default: return {};
    }
}

std::string parent_json(std::string_view prefix,
                        std::string_view queue,
                        std::string_view id,
                        ParentPolicy policy) {
    std::string queue_key(prefix);
    queue_key.append(":").append(queue);
    std::string text =
        "{\"id\":" + Json::string(id).text() + ",\"queueKey\":" + Json::string(queue_key).text();
    if (policy != ParentPolicy::none)
        text.append(",\"").append(policy_flag(policy)).append("\":true");
    return text + "}";
}

std::string child_failed_reason(std::string_view child_key) {
    return "child " + std::string(child_key) + " failed";
}

}  // namespace toril::base

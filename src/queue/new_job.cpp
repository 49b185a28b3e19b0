#include "queue/new_job.hpp"

#include "base/names.hpp"
#include "base/options_codec.hpp"

#include <string>

namespace toril::queue {
namespace {

Error refused(std::string message) {
    return {ErrorCode::invalid_argument, std::move(message)};
}

// The parent as the store is told of it. BullMQ's options name its queue with the prefix.
Result<std::optional<contract::ParentLink>> parent_link(const JobOptions& options,
                                                        std::string_view prefix) {
    if (!options.parent) {
        if (options.parent_policy != ParentPolicy::none)
            return refused("a job without a parent cannot have a policy for it");
        return std::optional<contract::ParentLink>{};
    }
    std::string_view queue = options.parent->queue;
    if (queue.size() > prefix.size() && queue.starts_with(prefix) && queue[prefix.size()] == ':')
        queue.remove_prefix(prefix.size() + 1);
    if (Status s = base::check_queue_name(queue); !s)
        return refused("the parent's " + s.error().message());
    if (Status s = base::check_job_id(options.parent->id); !s)
        return refused("the parent's " + s.error().message());
    return std::optional(contract::ParentLink{
        .queue = std::string(queue), .id = options.parent->id, .policy = options.parent_policy});
}

std::string encoded(const JobOptions& options,
                    const std::optional<contract::ParentLink>& parent,
                    std::string_view prefix) {
    if (!parent || parent->queue == options.parent->queue)
        return base::encode_options(options, prefix);
    JobOptions named = options;
    named.parent->queue = parent->queue;
    return base::encode_options(named, prefix);
}

}  // namespace

Status check_payload(const Json& data, std::size_t bytes_max) {
    if (bytes_max == 0) bytes_max = payload_bytes_default_max;
    if (data.text().size() <= bytes_max) return {};
    return Error(ErrorCode::limit_reached,
                 "the payload is " + std::to_string(data.text().size()) +
                     " bytes of JSON; at most " + std::to_string(bytes_max) + " are allowed");
}

Result<contract::AddJob> check_new_job(std::string_view name,
                                       const Json& data,
                                       const JobOptions& options,
                                       std::string_view prefix) {
    if (Status s = base::check_job_name(name); !s) return s.error();
    if (Status s = base::check_options(options); !s) return s.error();
    if (Status s = check_payload(data, options.payload_bytes_max); !s) return s.error();
    Result<std::optional<contract::ParentLink>> parent = parent_link(options, prefix);
    if (!parent) return parent.error();
    return contract::AddJob{.id = options.id,
                            .name = std::string(name),
                            .data = data.text(),
                            .opts = encoded(options, *parent, prefix),
                            .delay = options.delay,
                            .priority = options.priority,
                            .lifo = options.lifo,
                            .timestamp = options.timestamp,
                            .deduplication = options.deduplication,
                            .parent = std::move(*parent)};
}

}  // namespace toril::queue

#pragma once

// How a child names its parent in BullMQ's data: a job key, and a JSON object with the one flag
// that says what the child's failure does.

#include <toril/job.hpp>

#include <string>
#include <string_view>

namespace toril::base {

/// `prefix:queue:id`
std::string job_key(std::string_view prefix, std::string_view queue, std::string_view id);

/// "fpof", "cpof", "idof", "rdof"; empty for `none`.
std::string_view policy_flag(ParentPolicy policy) noexcept;

/// `{"id":"P","queueKey":"bull:mail","fpof":true}`
std::string parent_json(std::string_view prefix,
                        std::string_view queue,
                        std::string_view id,
                        ParentPolicy policy);

/// `child bull:mail:7 failed`: with what a parent fails.
std::string child_failed_reason(std::string_view child_key);

}  // namespace toril::base

#pragma once

#include <string>
#include <string_view>

namespace toril::base {

/// Job options as stored, with BullMQ's short keys replaced by its public names, as Node's
/// `Job.opts` shows them. Everything else stays; text that is no JSON object stays as it is.
std::string public_options(std::string_view stored);

}  // namespace toril::base

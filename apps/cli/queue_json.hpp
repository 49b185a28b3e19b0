#pragma once

#include "json_object.hpp"

#include <toril/queue.hpp>
#include <toril/result.hpp>

namespace toril::cli {

/// `{"name","paused","counts":{...}}`
Result<Json> queue_json(const Queue& queue);

}  // namespace toril::cli

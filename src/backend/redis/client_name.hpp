#pragma once

// Names of blocking connections: Node's `queue.getWorkers()` finds ours by them.

#include <string>
#include <string_view>

namespace toril::redis_store {

/// Standard base64 with padding.
std::string base64(std::string_view bytes);

/// `prefix:base64(queue)`, and `:w:name` for a worker that has a name.
std::string worker_client_name(std::string_view prefix,
                               std::string_view queue,
                               std::string_view worker);

/// `prefix:base64(queue):qe`
std::string events_client_name(std::string_view prefix, std::string_view queue);

}  // namespace toril::redis_store

#pragma once

// Host names to addresses, without ever holding up the I/O thread or a shutdown.

#include <boost/asio/generic/stream_protocol.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace toril::redis {

class Runtime;

using StreamEndpoint = boost::asio::generic::stream_protocol::endpoint;

struct Resolved {
    std::vector<StreamEndpoint> endpoints{};
    std::string problem{};  ///< Not empty: there are none, for this reason.
};

/// Calls `on_done` on the I/O thread; not at all when the runtime is gone by then. An address
/// needs no look-up; a name has a thread of its own for it, because the system's look-up cannot
/// be cut short: it may outlive the caller by its own time-out.
void resolve(Runtime& runtime,
             const std::string& host,
             std::uint16_t port,
             std::function<void(Resolved)> on_done);

StreamEndpoint unix_endpoint(const std::string& path);

}  // namespace toril::redis

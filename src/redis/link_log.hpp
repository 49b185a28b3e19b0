#pragma once

// What is logged of a link. One outage is one line when it begins and one when it is over,
// however many attempts lie between: what has been said once is only counted.

#include "base/logger.hpp"
#include "redis/channel.hpp"

#include <cstdint>
#include <string>

namespace toril::redis {

class LinkLog {
public:
    LinkLog(base::Logger logger, std::string connection, std::string endpoint);

    void connected(const Greeting& greeting, SteadyTime now);
    /// A link that was ready is gone.
    void disconnected(LossKind kind, const std::string& reason, SteadyTime now);
    /// An attempt came to nothing.
    void failed(LossKind kind, const std::string& reason, SteadyTime now);
    void degraded(int attempts, const std::string& reason);
    void closed();
    void timed_out(std::size_t commands);
    void listener_threw(const char* what);

private:
    void outage(LossKind kind, std::string_view event, const std::string& reason, SteadyTime now);

    const base::Logger logger_;
    const std::string connection_;
    const std::string endpoint_;
    unsigned said_ = 0;  // one bit for each LossKind since the last good link
    std::uint64_t failures_ = 0;
    std::uint64_t timeouts_ = 0;
    SteadyTime outage_since_{};
    bool is_outage_ = false;
};

}  // namespace toril::redis

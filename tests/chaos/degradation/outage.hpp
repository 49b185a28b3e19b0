#pragma once

// The ways in which a Redis goes away, each on a server of its own behind a gate.

#include "support/redis_server.hpp"
#include "support/tcp_gate.hpp"

#include <toril/health.hpp>

#include <functional>
#include <string>
#include <vector>

namespace toril::testing {

/// A real server and the way to it. Programs connect to `gate`; tests look at `server`.
struct Place {
    RedisServer server;
    TcpGate gate;

    explicit Place(RedisServerOptions options) : server(std::move(options)), gate(server.port()) {}
};

struct Outage {
    std::string name{};
    RedisServerOptions options{};
    std::function<void(Place&)> begin{};
    std::function<void(Place&)> end{};
    /// What health says of it; several where it depends on what is noticed first.
    std::vector<HealthReason> reasons{};
    /// Reads are answered all the same: only what writes is away.
    bool reads_go_on = false;
};

std::vector<Outage> outages();

}  // namespace toril::testing

#pragma once

// Runs our scripts on one connection, and says what went wrong in our words.

#include "backend/redis/script_args.hpp"

#include <toril/redis/connection.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace toril::redis_store {

/// Threads: `run` from any; `done` as a Connection's callbacks.
/// Lifetime: the connection must be closed before this ends.
class ScriptRunner {
public:
    using Done = std::function<void(Result<redis::Reply>)>;

    ScriptRunner(redis::Connection& connection, std::string prefix, Millis command_timeout)
        : connection_(connection),
          prefix_(std::move(prefix)),
          send_{.timeout = command_timeout, .idempotent = false} {}

    /// An error reply of the server never comes back as a Reply. `ids`: jobs whose keys the call
    /// works on, for the message if one of them has the wrong type.
    void run(const redis::Script& script,
             std::string_view queue,
             const ScriptArgs& args,
             Done done,
             std::vector<std::string> ids = {});

    /// One plain command, with errors as for scripts.
    void send(redis::Request request, Done done);

    /// `prefix:queue:`
    std::string base(std::string_view queue) const;
    const std::string& prefix() const noexcept { return prefix_; }

private:
    void diagnose(const std::string& wait_key, std::vector<std::string> ids, Done done);

    redis::Connection& connection_;
    const std::string prefix_;
    const redis::SendOptions send_;
};

}  // namespace toril::redis_store

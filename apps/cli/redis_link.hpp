#pragma once

// The Redis behind the store, for the commands that look at the server itself.

#include "session.hpp"

#include <toril/redis/connection.hpp>
#include <toril/result.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace toril::cli {

class RedisLink {
public:
    /// Connects at the first call. Errors: `invalid_argument` when the store is not a Redis.
    static Result<RedisLink> open(Session& session);

    /// One command. An error reply is an Error here.
    Result<redis::Reply> call(redis::Request request);
    Result<std::string> text(redis::Request request);

    int database() const noexcept { return database_; }

private:
    RedisLink(redis::Config config, LogSink log);

    int database_;
    std::unique_ptr<redis::Factory> factory_;  // outlives the connection
    std::unique_ptr<redis::Connection> connection_;
};

/// `name:value` lines as INFO gives them, in order; headings are left out.
std::vector<std::pair<std::string, std::string>> info_fields(std::string_view text);

}  // namespace toril::cli

#pragma once

// What went wrong, from replies that a connection hands on as they are.

#include "backend/redis/script_errors.hpp"
#include "redis/error_reply.hpp"

#include <toril/redis/reply.hpp>
#include <toril/result.hpp>

#include <optional>
#include <string_view>
#include <utility>

namespace toril::redis_store {

inline Error error_of_script(std::string_view text) {
    std::optional<Error> known = redis::error_of_reply(text);
    return known ? std::move(*known) : error_of(text);
}

inline std::optional<Error> error_in(const Result<redis::Reply>& reply) {
    if (!reply) return reply.error();
    if (reply->root().is_error()) return error_of_script(reply->root().text());
    return std::nullopt;
}

}  // namespace toril::redis_store

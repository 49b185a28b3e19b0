#pragma once

// A small HTTP/1.1 client for programs of ours: one request, one connection.

#include "http/url.hpp"

#include <toril/result.hpp>
#include <toril/time.hpp>

#include <cstddef>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace toril::http {

struct Request {
    /// Names and values; bytes that a header may not hold are percent-encoded.
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string content_type = "application/json";
    std::string body{};
};

struct Response {
    int status = 0;
    std::string body{};
};

struct Limits {
    Millis timeout{60'000};  // of the whole exchange, name look-up included
    std::size_t body_bytes_max = 8u * 1024 * 1024;
};

/// Posts and waits for the answer. Redirections are answers, not followed. `stop` ends it early.
///
/// Errors: `unavailable`: no connection, nothing was sent. `outcome_unknown`: sent, and the
/// connection broke. `timed_out`, `cancelled`, `limit_reached` (the body is too large).
Result<Response> post(const Url& url,
                      const Request& request,
                      const Limits& limits = {},
                      std::stop_token stop = {});

}  // namespace toril::http

#pragma once

// What `toril work` does with a job.

#include <toril/result.hpp>
#include <toril/time.hpp>
#include <toril/worker.hpp>

#include <string>
#include <string_view>

namespace toril::cli {

/// Completes at once, with no return value.
Handler noop_handler();

/// Completes after `duration`; ends early when it is asked to stop.
Handler sleep_handler(Millis duration);

/// Runs `command` with /bin/sh: the data is its stdin, its stdout the return value.
Handler exec_handler(std::string command);

/// Posts the data; the answer's body is the return value. `timeout` 0: ten minutes.
/// Errors: `invalid_argument` for a URL it cannot post to.
Result<Handler> http_handler(const std::string& url, Millis timeout);

/// What a program or a server answered as a return value: JSON as it is, other text as a JSON
/// string, nothing as `null`. Line ends behind it do not count.
Json return_value_from(std::string text);

/// The last line that is not empty.
std::string_view last_line(std::string_view text);

}  // namespace toril::cli

#pragma once

// One command in the foreground, with our own stdin, stdout and stderr, that ends when it must.

#include "signals.hpp"

#include <toril/result.hpp>
#include <toril/time.hpp>

#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace toril::cli {

struct GuardedCommand {
    std::vector<std::string> words{};  // the program, looked up in PATH
    std::vector<std::pair<std::string, std::string>> environment{};  // beside ours
    /// After the stop: SIGTERM, and SIGKILL this much later.
    Millis kill_after{5'000};
};

struct GuardedEnd {
    int exit_code = 0;         // as a shell says it: 128 + the signal that ended it
    bool was_stopped = false;  // by `stop`
};

/// Runs it and waits for its end. `signals` must be older than any other thread: one that came
/// before would be ended by them. SIGTERM and SIGHUP are handed on to it, SIGINT too unless the
/// terminal does that. It gets SIGTERM when this process dies, so that it does not go on unguarded.
///
/// Errors: `not_found`, `failed` when it could not be started.
Result<GuardedEnd> run_guarded(const GuardedCommand& command,
                               const Signals& signals,
                               const std::stop_token& stop);

}  // namespace toril::cli

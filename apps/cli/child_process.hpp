#pragma once

// One shell command as a child process in a process group of its own.

#include <toril/result.hpp>
#include <toril/time.hpp>

#include <cstddef>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace toril::cli {

struct ChildRequest {
    std::string command{};                                           // for /bin/sh -c
    std::vector<std::pair<std::string, std::string>> environment{};  // beside ours
    std::string input{};                                             // its stdin
    std::size_t output_bytes_max = 8u * 1024 * 1024;
    /// After the stop: SIGTERM to the group, and SIGKILL this much later.
    Millis kill_after{5'000};
};

struct ChildResult {
    std::string output{};      // its stdout
    std::string error_tail{};  // the last of its stderr
    int exit_code = 0;         // when it ended by itself
    int signal = 0;            // when a signal ended it; else 0
    bool was_stopped = false;
    bool output_too_large = false;  // it was killed for it
};

/// Runs it and waits for its end. Reads and writes without ever waiting for one of the pipes
/// alone, so that no amount of data can lock the two up.
///
/// Errors: `failed` when it could not be started.
Result<ChildResult> run_child(const ChildRequest& request, const std::stop_token& stop);

}  // namespace toril::cli

#pragma once

#include <toril/worker.hpp>

namespace toril::worker {

/// The life of a child process: runs the handler on one job after the other that comes over
/// `socket`, until the worker closes it. Does not return.
[[noreturn]] void run_child(int socket, const Handler& handler);

}  // namespace toril::worker

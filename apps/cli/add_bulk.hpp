#pragma once

#include "exit_code.hpp"
#include "session.hpp"

#include <toril/queue.hpp>
#include <toril/result.hpp>

#include <string>

namespace toril::cli {

/// Adds a job a line of the file (`-`: stdin), prints their ids in order. A line that cannot be
/// accepted is told and left out; when the store refuses, the rest is not tried.
Result<Exit> add_bulk(Session& session, Queue& queue, const std::string& path);

}  // namespace toril::cli

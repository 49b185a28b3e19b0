#pragma once

// What is wrong with one queue, and what can be mended without losing a job.

#include "backend/sqlite/session.hpp"

#include <toril/doctor.hpp>

#include <vector>

namespace toril::sqlite {

/// With `repair` it also mends: then on the writer's session.
std::vector<Finding> examine_queue(Session& session, QueueRow& queue, bool repair);

}  // namespace toril::sqlite

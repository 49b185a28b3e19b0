#pragma once

// The doctor: docs/guide/doctor.md lists what it finds.

#include "backend/sqlite/engine.hpp"

#include <toril/doctor.hpp>

#include <memory>
#include <vector>

namespace toril::sqlite {

/// Looks on the reader's connection, and mends on the writer's what was found.
void examine(const std::shared_ptr<Engine>& engine,
             const contract::ExamineParams& params,
             contract::Done<std::vector<Finding>> done);

}  // namespace toril::sqlite

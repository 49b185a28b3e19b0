#pragma once

// Who works here: each watcher of work is a worker, and has a row for as long as it is there.

#include "backend/sqlite/engine.hpp"

#include <toril/worker_info.hpp>

#include <memory>
#include <string>
#include <vector>

namespace toril::sqlite {

/// A watcher as Engine::watch makes it; one of work is written down as a worker.
std::unique_ptr<contract::Watcher> watch(const std::shared_ptr<Engine>& engine,
                                         contract::WatchParams params);

/// Without those whose process is dead.
std::vector<WorkerInfo> workers(Session& session, const Engine& engine, const std::string& queue);

}  // namespace toril::sqlite

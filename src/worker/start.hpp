#pragma once

#include "worker/engine.hpp"

#include <toril/result.hpp>
#include <toril/worker.hpp>

#include <memory>

namespace toril::worker {

/// Options out of range, with the option's name in the message.
Status check_worker_options(const WorkerOptions& options);

/// Checks, and starts. `setup.executor` is made here, from `handler` and the isolation.
Result<std::shared_ptr<Engine>> start_engine(EngineSetup setup, Handler handler);

}  // namespace toril::worker

#pragma once

// Queues in this process' memory: BullMQ's rules without a server, gone with the process. The
// oracle of the model tests, and the store for our users' own tests.

#include "base/clock.hpp"
#include "contract/job_store.hpp"

#include <memory>
#include <string>

namespace toril::memory {

/// An empty store. Every call is answered on the calling thread before it returns; waits are
/// answered on a thread of the store.
///
/// `clock` is asked from any thread, whenever a call does not say what time it is. `prefix` is
/// seen in the keys of parents and children, as on Redis.
std::shared_ptr<contract::JobStore> open_memory(base::Clock clock = base::wall_now,
                                                std::string prefix = "bull");

}  // namespace toril::memory

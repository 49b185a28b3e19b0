#pragma once

// Reads a queue's events as they come: looks, and if there are none waits for the next change.

#include "backend/memory/event_log.hpp"
#include "contract/job_store.hpp"

#include <functional>
#include <memory>

namespace toril::memory {

/// Looks without waiting. Threads: called from any.
using LookForEvents =
    std::function<Result<std::vector<contract::Event>>(EventId after, std::size_t count)>;

/// `changes` watches for changes of the queue.
std::unique_ptr<contract::EventReader> make_event_reader(LookForEvents look,
                                                         std::unique_ptr<contract::Watcher> changes,
                                                         EventId after);

}  // namespace toril::memory

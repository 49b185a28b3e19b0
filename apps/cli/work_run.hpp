#pragma once

// The life of `toril work`: workers, signals, and the end.

#include "exit_code.hpp"
#include "session.hpp"

#include <toril/result.hpp>
#include <toril/worker.hpp>

#include <optional>
#include <string>
#include <vector>

namespace toril::cli {

struct WorkPlan {
    std::vector<std::string> queues{};
    Handler handler{};
    WorkerOptions options{};
    Millis grace{30'000};
    bool until_empty = false;
    Millis reach{30'000};  // with until_empty: jobs due within this are waited for
};

/// Runs a worker a queue until SIGTERM, SIGINT or SIGHUP, or until all queues are empty.
///
/// To be called before the process has another thread: it blocks those signals, so that no
/// thread takes them by surprise.
Result<Exit> run_workers(Session& session, WorkPlan plan);

}  // namespace toril::cli

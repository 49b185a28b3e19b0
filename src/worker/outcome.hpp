#pragma once

// What becomes of a job after an attempt. The rules are BullMQ's (bullmq-compatibility.md):
// a failed one runs again while attempts_made + 1 < attempts and the error is not
// `unrecoverable`, after the job's backoff, and it may start once more; else it has failed for
// good. A move that the handler answered is none of these.

#include "contract/job_store.hpp"
#include "worker/attempt.hpp"

#include <toril/job.hpp>
#include <toril/worker.hpp>

#include <string>

namespace toril::worker {

/// What is known of a job when its attempt ends.
struct AttemptFacts {
    const Job& job;
    const JobOptions& options;
    const std::string& stacktrace;  // JSON array of earlier attempts; empty: none
    double random = 0;              // from [0, 1), for the backoff's jitter
};

/// Id and token are left for the caller. Calls the user's backoff strategy if the job's
/// backoff is custom; nothing else with effects.
contract::Outcome decide(const AttemptFacts& facts, Attempt attempt, const WorkerOptions& worker);

/// "5m", "90s", "1h", "250ms": the largest unit that leaves no rest.
std::string duration_text(Millis duration);

}  // namespace toril::worker

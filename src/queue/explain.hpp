#pragma once

// Why a job is not running, in one sentence.

#include "contract/job_store.hpp"
#include "queue/asker.hpp"
#include "queue/children.hpp"

#include <toril/job.hpp>
#include <toril/result.hpp>
#include <toril/time.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace toril::queue {

struct JobFacts {
    Job job{};
    contract::QueueInfo queue{};
    JobCounts counts{};
    std::optional<std::size_t> workers{};  // connected; empty: the store could not tell
    Millis limited_for{0};                 // no job may start for so long
    std::optional<std::uint64_t> ahead{};  // in its own line; empty: more than were looked at
    WaitsFor children{};
    Timestamp now{};
};

/// Jobs before one in its line are counted up to here.
inline constexpr std::int64_t line_looked_at = 1'000;

/// A few steps of the store; the facts are of about the same time. Errors: `not_found`.
Result<JobFacts> gather_facts(const Asker& asker, const contract::JobRef& ref, Timestamp now);

/// Without a full stop.
std::string explain(const JobFacts& facts);

}  // namespace toril::queue

#pragma once

// One job as the memory store keeps it: text where BullMQ keeps text.

#include "contract/job_store.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace toril::memory {

/// Where a job stands in the order of its home: `homes.hpp`.
using Score = std::int64_t;

/// A worker's hold on a job.
struct Lock {
    std::string token{};  // empty: there is none
    Timestamp expires_at{};

    bool is_held(Timestamp now) const { return !token.empty() && now < expires_at; }
};

/// What a run leaves behind.
struct RunRecord {
    int attempts_made = 0;
    int attempts_started = 0;
    int stalled_counter = 0;
    Timestamp processed_on{};
    Timestamp finished_on{};
    std::string processed_by{};
    std::optional<std::string> return_value{};  // JSON
    std::string failed_reason{};
    std::string stacktrace{};  // JSON
    std::string deferred_failure{};
};

/// What the producer gave, and what changed it since.
struct JobSpec {
    std::string name{};
    std::string data{};
    std::string opts{};
    Timestamp timestamp{};
    Millis delay{0};
    int priority = 0;
};

struct JobRecord {
    JobId id{};
    JobSpec spec{};
    RunRecord run{};
    std::string progress{};  // JSON; empty: none
    std::deque<std::string> logs{};
    Lock lock{};
    bool stall_suspect = false;  // was active at the last stall check, and not heard of since
    JobState home = JobState::unknown;
    Score score = 0;
};

contract::TakenJob taken_job(const JobRecord& record);
Job job_from(const JobRecord& record, const std::string& queue);

}  // namespace toril::memory

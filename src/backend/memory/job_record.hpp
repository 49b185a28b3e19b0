#pragma once

// One job as the memory store keeps it: text where BullMQ keeps text.

#include "contract/job_store.hpp"

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace toril::memory {

class MemoryQueue;

/// Where a job stands in the order of its home: `homes.hpp`.
using Score = std::int64_t;

/// A job of any queue of the store.
struct JobKey {
    std::string queue{};
    JobId id{};

    friend auto operator<=>(const JobKey&, const JobKey&) = default;
};

/// A worker's hold on a job, and what is said about it meanwhile. It all ends with the run.
struct Lock {
    std::string token{};  // empty: there is none
    Timestamp expires_at{};
    bool stall_suspect = false;  // was there at the last stall check, and not heard of since
    std::optional<std::string> cancelled{};  // asked to stop, and why

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

struct Parent {
    JobKey key{};
    ParentPolicy policy = ParentPolicy::none;
    std::string key_text{};  // as BullMQ stores it
    std::string json{};
};

/// A job's children. One that was retried after it failed may be in two of them.
struct Children {
    std::set<JobKey> unprocessed{};
    std::map<JobKey, std::string> processed{};  // with their return values, JSON
    std::map<JobKey, std::string> ignored{};    // with their reasons
    std::set<JobKey> failed{};
};

/// What ties a job to others.
struct Links {
    std::optional<Parent> parent{};
    Children children{};
    std::string deduplication_id{};
    std::string scheduler{};  // that made it
};

struct JobRecord {
    JobId id{};
    MemoryQueue* queue = nullptr;
    JobSpec spec{};
    RunRecord run{};
    Links links{};
    std::string progress{};  // JSON; empty: none
    std::deque<std::string> logs{};
    Lock lock{};
    JobState home = JobState::unknown;
    Score score = 0;
};

/// The name of its place in BullMQ's keys and events: "wait" for waiting.
std::string place_name(JobState home);

contract::TakenJob taken_job(const JobRecord& record);
Job job_from(const JobRecord& record, const std::string& queue);

}  // namespace toril::memory

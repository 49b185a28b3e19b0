#pragma once

// All that can be seen of a queue.

#include "conformance/client.hpp"
#include "conformance/event_log.hpp"

#include <array>
#include <map>
#include <string>
#include <vector>

namespace toril::model {

inline constexpr std::array<JobState, 7> homes{JobState::waiting,
                                               JobState::active,
                                               JobState::delayed,
                                               JobState::prioritized,
                                               JobState::waiting_children,
                                               JobState::completed,
                                               JobState::failed};

/// A parent's children: how many, and each of them.
struct Children {
    contract::DependencyCounts counts{};
    std::vector<contract::Dependency> each{};
};

struct Snapshot {
    contract::QueueInfo info{};
    JobCounts counts{};
    std::map<JobState, std::vector<Job>> pages{};  // in ascending order
    std::map<JobId, Children> children{};          // of those that may be parents
    std::map<std::string, JobId> holders{};        // of deduplication ids
    std::vector<contract::Scheduler> schedulers{};
    bool limited = false;
    std::array<contract::Metrics, 2> metrics{};  // completed, failed
    // What happened since the look before this: of each job in order, and of the queue.
    std::map<JobId, conformance::Lines> events{};

    const Job* find(const JobId& id) const;
};

/// What `log` tells counts from its last look on. Children are asked for only with `flows`.
Snapshot look(conformance::Client& client,
              conformance::EventLog& log,
              const std::string& queue,
              Timestamp now,
              bool flows);

/// As text, to compare and to show.
std::string to_string(const Snapshot& snapshot);
std::string to_string(const contract::TakenJob& job);

/// The first line in which two texts differ, from both.
std::string first_difference(const std::string& expected, const std::string& found);

}  // namespace toril::model

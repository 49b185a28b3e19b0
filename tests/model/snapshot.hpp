#pragma once

// All that can be seen of a queue.

#include "conformance/client.hpp"

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

struct Snapshot {
    contract::QueueInfo info{};
    JobCounts counts{};
    std::map<JobState, std::vector<Job>> pages{};  // in ascending order

    const Job* find(const JobId& id) const;
};

Snapshot look(conformance::Client& client, const std::string& queue);

/// As text, to compare and to show. Queue names are left out.
std::string to_string(const Snapshot& snapshot);
std::string to_string(const contract::TakenJob& job);

/// The first line in which two texts differ, from both.
std::string first_difference(const std::string& expected, const std::string& found);

}  // namespace toril::model

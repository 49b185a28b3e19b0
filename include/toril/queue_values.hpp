#pragma once

// What a Queue answers when it is asked about itself and its jobs.

#include <toril/job.hpp>
#include <toril/json.hpp>
#include <toril/time.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace toril {

struct JobLogs {
    std::vector<std::string> rows{};
    std::uint64_t total = 0;
};

/// The children of a job, by what became of them.
struct JobDependencies {
    struct Child {
        std::string queue{};
        JobId id{};
        /// Of a processed one its return value, of an ignored one its reason as a string.
        Json value{};
    };
    std::vector<Child> unprocessed{};  ///< Not finished, or failed without a policy.
    std::vector<Child> processed{};
    std::vector<Child> ignored{};  ///< Failed, and the parent goes on.
    std::vector<Child> failed{};   ///< Failed, and the parent fails with it.
};

struct JobDependencyCounts {
    std::uint64_t unprocessed = 0;
    std::uint64_t processed = 0;
    std::uint64_t ignored = 0;
    std::uint64_t failed = 0;
};

/// Settings of a queue that its workers share.
struct QueueSettings {
    bool paused = false;
    std::int64_t concurrency = 0;  ///< Most active jobs; 0: no limit.
    std::int64_t limit_max = 0;    ///< Most starts per `limit_duration`; 0: no limit.
    Millis limit_duration{0};
    std::string version{};  ///< Of the client that wrote it last, if it said: "bullmq:6.7.0".
};

/// Finished jobs per minute, as workers with `metrics_points_max` count them.
struct QueueMetrics {
    std::uint64_t count = 0;  ///< Of all time.
    /// The newest first; the minute that is under way is not in it.
    std::vector<std::int64_t> data{};
};

}  // namespace toril

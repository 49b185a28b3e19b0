#pragma once

// Whether a queue gets on, as a machine: looks at it in, progress out. No I/O, no clock.
//
// Stuck is a queue that nobody works on though there is work: the same job was next at two looks,
// has waited for longer than it may, nothing was active, and neither a pause nor a limit holds it
// back. Or: no canary has come through for longer than one takes, and that.

#include <toril/health.hpp>
#include <toril/job.hpp>
#include <toril/time.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace toril::health {

/// What was found at one time.
struct QueueLook {
    JobCounts counts{};
    bool paused = false;
    bool held_back = false;      // by a rate limit, or as many are active as may be
    std::vector<Job> next{};     // first of those that wait and of those with a priority
    std::vector<Job> delayed{};  // those that are due first
    std::optional<Millis> canary_age{};
    Timestamp now{};
};

class QueueJudge {
public:
    QueueJudge(std::string queue, const WatchQueueOptions& options)
        : queue_(std::move(queue)), options_(options) {}

    QueueProgress on(const QueueLook& look);

private:
    // A job that was first in its line at a look.
    struct Head {
        std::string id{};
        Timestamp first_seen{};
        bool is_new = true;  // not there at the look before
    };

    const Head& head_of(const Job& job, Timestamp now);
    std::string stuck_text(const QueueLook& look, const QueueProgress& progress);

    std::string queue_;
    WatchQueueOptions options_;
    std::vector<Head> heads_{};
    bool was_idle_ = false;  // nothing was active at the look before
};

}  // namespace toril::health

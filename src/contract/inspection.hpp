#pragma once

// What operators ask: which jobs look like this, who works here, what is wrong.

#include <toril/doctor.hpp>
#include <toril/job.hpp>
#include <toril/search.hpp>
#include <toril/time.hpp>
#include <toril/worker_info.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace toril::contract {

/// One step of a search: it looks at `looks` jobs at most and answers those that match.
struct FindParams {
    std::string queue{};
    JobFilter filter{};
    std::string cursor{};  // empty: from the start; else that of the step before
    std::size_t looks = 1'000;
};

struct Found {
    std::vector<Job> jobs{};
    std::string cursor{};      // empty: that was all
    std::uint64_t looked = 0;  // jobs looked at in this step
};

struct ExamineParams {
    bool repair = false;           // mend what can be mended
    Millis block_timeout{30'000};  // of workers, to compare with the server's idle time-out
};

}  // namespace toril::contract

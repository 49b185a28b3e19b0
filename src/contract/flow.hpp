#pragma once

// Flows: jobs that wait for other jobs, in any queue. See bullmq-compatibility.md, "Flows".

#include <toril/job.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace toril::contract {

/// The parent of a job that is added, and what its failure does to it.
struct ParentLink {
    std::string queue{};
    JobId id{};
    ParentPolicy policy = ParentPolicy::none;

    friend bool operator==(const ParentLink&, const ParentLink&) = default;
};

/// One child as its parent sees it.
struct Dependency {
    enum class State : unsigned char {
        unprocessed,  // not finished, or failed without a policy
        processed,    // completed; `value` is its return value's JSON
        ignored,      // failed, and the parent goes on; `value` is the reason, plain text
        failed,       // failed, and the parent fails with it
    };
    std::string key{};    // as stored: `prefix:queue:id`
    std::string queue{};  // of `key`; with its prefix if that is not the store's own
    JobId id{};
    State state = State::unprocessed;
    std::string value{};
};

struct DependencyCounts {
    std::uint64_t unprocessed = 0;
    std::uint64_t processed = 0;
    std::uint64_t ignored = 0;
    std::uint64_t failed = 0;

    friend bool operator==(const DependencyCounts&, const DependencyCounts&) = default;
};

struct DependencyParams {
    std::string queue{};
    JobId id{};
    Dependency::State state = Dependency::State::unprocessed;
    std::string cursor{};     // empty: from the start; else that of the page before
    std::size_t count = 100;  // about so many
};

/// In no order. A child that changes its state meanwhile may be in two pages, or in none.
struct DependencyPage {
    std::vector<Dependency> children{};
    std::string cursor{};  // empty: that was all
};

}  // namespace toril::contract

#pragma once

// What a queue hands over to be added, and where the answers go.

#include "contract/job_store.hpp"

#include <toril/result.hpp>

#include <cstddef>
#include <memory>

namespace toril::spool {

/// Adds of one queue that are not answered yet.
inline constexpr std::size_t unanswered_adds_max = 100'000;
/// A batch takes no further job beyond this, so that large payloads do not hold up small ones.
inline constexpr std::size_t batch_bytes_max = 8u * 1024 * 1024;

/// Where the answers of one caller go. One object for all jobs of a call.
class AddSink {
public:
    virtual ~AddSink() = default;
    /// Called once a job, on a thread of the store or of who sends. Must not block.
    virtual void added(std::size_t index, Result<contract::Added> answer) = 0;
    /// Instead of `added`: it is kept, and goes to the store when that is back.
    virtual void spooled(std::size_t index, JobId id) = 0;
};

struct PendingAdd {
    contract::AddJob job{};
    std::shared_ptr<AddSink> sink{};
    std::size_t index = 0;  // handed to the sink with the answer
};

/// What a job counts in a batch.
inline std::size_t bytes_of(const contract::AddJob& job) {
    return job.data.size() + job.opts.size() + job.name.size();
}

}  // namespace toril::spool

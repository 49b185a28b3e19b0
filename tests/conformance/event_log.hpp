#pragma once

// A queue's events as lines of text, to compare with what should have happened.

#include "contract/job_store.hpp"

#include <memory>
#include <string>
#include <vector>

namespace toril::conformance {

using Lines = std::vector<std::string>;

/// `"failed 7 failedReason=no prev=active"`: the name, the job's id, and the other fields in
/// alphabetical order, whose order in the stream means nothing.
std::string to_line(const contract::Event& event);

/// Reads a queue's events from the first one on.
class EventLog {
public:
    EventLog(std::shared_ptr<contract::JobStore> store, std::string queue);

    /// All that happened since the last call. Does not wait: it publishes a mark and reads up
    /// to that. Fails the test when ids do not ascend, or the mark does not come.
    Lines next();

private:
    const std::shared_ptr<contract::JobStore> store_;
    const std::string queue_;
    std::unique_ptr<contract::EventReader> reader_;
    std::string last_id_{};
};

/// Whether the event id `one` ("<ms>-<n>") comes before `other`. An empty one is before all.
bool is_before(const std::string& one, const std::string& other);

}  // namespace toril::conformance

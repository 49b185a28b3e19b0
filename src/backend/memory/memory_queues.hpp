#pragma once

// All queues of one store, which flows cross. No lock: the store has one.

#include "backend/memory/memory_queue.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace toril::memory {

class MemoryQueues {
public:
    explicit MemoryQueues(std::string prefix) : prefix_(std::move(prefix)) {}

    /// Says what time it is by the store's clock, for the events to come.
    void set_time(Timestamp now) { time_ = now; }
    Timestamp time() const { return time_; }

    /// Made if it is not there.
    MemoryQueue& at(const std::string& name);
    /// Null when it is not there.
    MemoryQueue* find(const std::string& name) const;
    JobRecord* find(const JobKey& key) const;
    /// By name.
    std::vector<MemoryQueue*> all() const;

    /// `prefix:queue:id`
    std::string key_text(const JobKey& key) const;
    Parent parent(const contract::ParentLink& link) const;

    /// Queues that were changed since the last call, each once.
    std::vector<MemoryQueue*> take_touched();
    void touch(MemoryQueue& queue);

    // ---- flows: flows.cpp ----
    std::vector<Result<contract::Added>> add_flow(const contract::AddFlowParams& params,
                                                  Timestamp now);

    // ---- what is wrong: examination.cpp ----
    std::vector<Finding> examine(bool repair, Timestamp now);

private:
    std::vector<Result<contract::Added>> add_all(const contract::AddFlowParams& params,
                                                 Timestamp now);

    std::string prefix_;
    Timestamp time_{};
    std::unordered_map<std::string, std::unique_ptr<MemoryQueue>> queues_{};
    std::vector<MemoryQueue*> touched_{};
    Repeats flow_repeats_{};
};

}  // namespace toril::memory

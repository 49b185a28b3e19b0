#pragma once

// What FlowProducer does, on any JobStore.

#include "base/mutex.hpp"
#include "contract/job_store.hpp"
#include "flow/flow_nodes.hpp"
#include "queue/asker.hpp"

#include <toril/flow.hpp>
#include <toril/result.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace toril::flow {

/// Threads: any method, from any thread, at the same time.
class FlowClient {
public:
    explicit FlowClient(queue::StoreAccess access) : asker_(std::move(access)) {}

    Result<FlowNode> add(const FlowJob& flow);
    std::vector<Result<FlowNode>> add_bulk(std::span<const FlowJob> flows);
    Result<FlowTree> tree(std::string_view queue,
                          std::string_view id,
                          const FlowTreeOptions& options) const;

private:
    using Answers = Result<std::vector<Result<contract::Added>>>;

    // Who adds under a repeat token has one add at a time, so each caller borrows one.
    struct Lane {
        std::string token{};  // empty: no answer gets lost, so none needs to be kept
        std::uint64_t sequence = 0;
    };
    class BorrowedLane;
    class Step;

    Lane borrow() TORIL_EXCLUDES(mutex_);
    void give_back(Lane lane) TORIL_EXCLUDES(mutex_);
    Answers send(std::vector<contract::AddFlowParams::Node> nodes);

    const queue::Asker asker_;
    base::Mutex mutex_;
    std::vector<Lane> lanes_ TORIL_GUARDED_BY(mutex_);  // those that nobody has
};

}  // namespace toril::flow

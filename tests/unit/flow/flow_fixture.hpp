#pragma once

// Flows on the memory store, and a worker's steps by hand.

#include "backend/memory/memory_store.hpp"
#include "contract/job_store.hpp"
#include "flow/flow_client.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

namespace toril::flow {

class FlowTest : public testing::Test {
protected:
    static FlowJob job(std::string queue, JobId id, std::vector<FlowJob> children = {}) {
        return {.queue = std::move(queue),
                .name = "n",
                .options = {.id = std::move(id)},
                .children = std::move(children)};
    }

    // Takes the next job of a queue and ends it so.
    JobId end_one(const std::string& queue, contract::Outcome::Kind kind, std::string value = "1") {
        contract::FinishAndTakeParams params{.queue = queue,
                                             .taker = {.worker = "w"},
                                             .sequence = ++sequence_,
                                             .take = 1,
                                             .token = "t"};
        JobId id;
        store_->finish_and_take(params, [&](const auto& answer) { id = answer->jobs.at(0).id; });
        params.sequence = ++sequence_;
        params.take = 0;
        params.outcomes = {{.id = id, .token = "t", .kind = kind, .value = std::move(value)}};
        store_->finish_and_take(params,
                                [](const auto& answer) { EXPECT_TRUE(answer->finished[0]); });
        return id;
    }

    Job stored(const std::string& queue, const JobId& id) {
        Result<Job> found(Error(ErrorCode::not_found, ""));
        store_->job({queue, id}, [&](Result<Job> answer) { found = std::move(answer); });
        return found ? *found : Job{};
    }

    std::uint64_t sequence_ = 0;
    std::shared_ptr<contract::JobStore> store_ = memory::open_memory();
    FlowClient flows_{{.jobs = store_, .timeout = std::chrono::seconds(2)}};
};

}  // namespace toril::flow

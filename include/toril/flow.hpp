#pragma once

#include <toril/fwd.hpp>
#include <toril/job.hpp>
#include <toril/json.hpp>
#include <toril/result.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace toril {

/// Jobs of one flow: the parent, its children, theirs.
inline constexpr std::size_t flow_jobs_max = 5'000;
/// Generations of one flow.
inline constexpr int flow_depth_max = 100;

/// A job that runs when all its children have completed.
struct FlowJob {
    std::string queue{};
    std::string name{};
    Json data{};
    /// `deduplication` and `parent` are refused here. `parent_policy` is about this job's own
    /// parent. Without an `id` it gets a UUID.
    JobOptions options{};
    std::vector<FlowJob> children{};
};

/// What was added, in the shape of what was given.
struct FlowNode {
    std::string queue{};
    JobId id{};
    bool existed = false;
    std::vector<FlowNode> children{};
};

/// A flow as the store has it.
struct FlowTree {
    Job job{};
    std::vector<FlowTree> children{};
    /// Children there are beyond those listed here.
    std::uint64_t more_children = 0;
    /// Not empty: it waits for children of which one can no longer finish by itself. Says which
    /// and why, and what would help.
    std::string stuck{};
};

struct FlowTreeOptions {
    int depth_max = 10;
    std::size_t children_max = 20;  ///< Of each job.
};

/// Adds trees of jobs over any queues of one store.
///
/// Threads:  any method, from any thread, at the same time.
/// Blocking and failure: as Queue.
class FlowProducer final {
public:
    explicit FlowProducer(const Store& store);

    FlowProducer(FlowProducer&&) noexcept;
    FlowProducer& operator=(FlowProducer&&) noexcept;
    ~FlowProducer();

    /// Adds the whole tree in one step, or nothing of it.
    ///
    /// Errors: `invalid_argument` that names the job; `limit_reached` for more jobs or
    /// generations than the limits above; `wrong_state` when a child exists and has another
    /// living parent.
    Result<FlowNode> add(const FlowJob& flow);

    /// Many flows, in as few steps as possible. Each whole, or not at all.
    std::vector<Result<FlowNode>> add_bulk(std::span<const FlowJob> flows);

    /// Reads the tree below a job. Errors: `not_found`.
    Result<FlowTree> tree(std::string_view queue,
                          std::string_view id,
                          const FlowTreeOptions& options = {}) const;

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

/// A flow as BullMQ's FlowProducer takes it:
/// `{"name","queueName","data","opts","children":[...]}`.
///
/// Errors: `invalid_argument` that names the member.
Result<FlowJob> flow_job_from_json(const Json& json);
/// `{"id","queueName","existed","children":[...]}`.
Json to_json(const FlowNode& node);
/// `{"job":{...},"children":[...],"moreChildren","stuck"}`.
Json to_json(const FlowTree& tree);

}  // namespace toril

#include "flow/flow_reader.hpp"

#include "base/names.hpp"
#include "queue/children.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace toril::flow {
namespace {

using State = contract::Dependency::State;

// Those that the parent waits for come first.
constexpr std::array<State, 4> reading_order{
    State::unprocessed, State::failed, State::ignored, State::processed};

Result<Job> job_of(const queue::Asker& asker, const contract::JobRef& ref) {
    return asker.ask<Result<Job>>(queue::Repeat::always, [&](contract::JobStore& store, auto done) {
        store.job(ref, std::move(done));
    });
}

Result<contract::DependencyCounts> counts_of(const queue::Asker& asker,
                                             const contract::JobRef& ref) {
    return asker.ask<Result<contract::DependencyCounts>>(
        queue::Repeat::always, [&](contract::JobStore& store, auto done) {
            store.dependency_counts(ref, std::move(done));
        });
}

// Reads a tree from its root down and counts the jobs.
class TreeReader {
public:
    TreeReader(const queue::Asker& asker, const FlowTreeOptions& options)
        : asker_(asker), options_(options) {}

    Result<FlowTree> read(const contract::JobRef& ref, int generation) {
        ++jobs_;
        Result<Job> job = job_of(asker_, ref);
        if (!job) return job.error();
        FlowTree tree{.job = std::move(*job)};
        const auto counts = counts_of(asker_, ref);
        if (!counts) {
            // Removed since.
            if (counts.error().code() == ErrorCode::not_found) return tree;
            return counts.error();
        }
        const std::uint64_t all =
            counts->unprocessed + counts->processed + counts->ignored + counts->failed;
        std::uint64_t waited_for = 0;
        if (generation < options_.depth_max && all > 0)
            if (Status s = read_children(ref, generation, tree, waited_for); !s) return s.error();
        tree.more_children = all - std::min<std::uint64_t>(all, tree.children.size());
        if (tree.job.state == JobState::waiting_children && tree.stuck.empty())
            if (Status s = look_further(ref, counts->unprocessed, waited_for, tree); !s)
                return s.error();
        return tree;
    }

private:
    bool has_room(const FlowTree& tree) const {
        return tree.children.size() < options_.children_max && jobs_ < tree_jobs_max;
    }

    // `waited_for`: how many of the children that it waits for were looked at.
    Status read_children(const contract::JobRef& ref,
                         int generation,
                         FlowTree& tree,
                         std::uint64_t& waited_for) {
        for (const State state : reading_order) {
            if (!has_room(tree)) return {};
            Status failure;
            const Status read =
                queue::for_each_child(asker_, ref, state, [&](const contract::Dependency& child) {
                    failure = read_child(child, generation, tree);
                    waited_for += state == State::unprocessed ? 1 : 0;
                    return failure && has_room(tree);
                });
            if (!failure) return failure;
            if (!read) return read;
        }
        return {};
    }

    Status read_child(const contract::Dependency& child, int generation, FlowTree& tree) {
        if (!queue::is_ours(child)) return {};
        Result<FlowTree> below = read({child.queue, child.id}, generation + 1);
        const bool is_waited_for =
            child.state == State::unprocessed && tree.job.state == JobState::waiting_children;
        if (!below) {
            if (below.error().code() != ErrorCode::not_found) return below.error();
            if (is_waited_for && tree.stuck.empty())
                tree.stuck = queue::why_stuck_gone(child.queue, child.id);
            return {};
        }
        if (is_waited_for && tree.stuck.empty())
            tree.stuck = below->stuck.empty()
                             ? queue::why_stuck(below->job)
                             : queue::why_stuck_below(child.queue, child.id, below->stuck);
        tree.children.push_back(std::move(*below));
        return {};
    }

    // At the children that the tree does not list.
    Status look_further(const contract::JobRef& ref,
                        std::uint64_t unprocessed,
                        std::uint64_t waited_for,
                        FlowTree& tree) {
        if (unprocessed == 0) tree.stuck = queue::why_stuck_alone();
        if (unprocessed <= waited_for) return {};
        Result<queue::WaitsFor> found = queue::look_at_children(asker_, ref);
        if (!found) return found.error();
        tree.stuck = std::move(found->stuck);
        return {};
    }

    const queue::Asker& asker_;
    const FlowTreeOptions& options_;
    std::size_t jobs_ = 0;
};

}  // namespace

Result<FlowTree> read_tree(const queue::Asker& asker,
                           const contract::JobRef& root,
                           const FlowTreeOptions& options) {
    if (Status s = base::check_queue_name(root.queue); !s) return s.error();
    if (Status s = base::check_job_id(root.id); !s) return s.error();
    if (options.depth_max < 1 || options.depth_max > flow_depth_max)
        return Error(
            ErrorCode::invalid_argument,
            "the generations of a tree must be from 1 to " + std::to_string(flow_depth_max));
    return TreeReader(asker, options).read(root, 1);
}

}  // namespace toril::flow

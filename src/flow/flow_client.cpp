#include "flow/flow_client.hpp"

#include "base/uuid.hpp"
#include "flow/flow_reader.hpp"

#include <optional>
#include <utility>

namespace toril::flow {
namespace {

bool may_have_happened(const Error& error) {
    return error.code() == ErrorCode::outcome_unknown || error.code() == ErrorCode::timed_out;
}

}  // namespace

// Flows that go to the store together.
class FlowClient::Step {
public:
    bool has_room_for(const FlowNodes& nodes) const {
        return members_.empty() || jobs_ + nodes.nodes.size() <= contract::batch_jobs_max;
    }
    void put(std::size_t index, FlowNodes nodes) {
        jobs_ += nodes.nodes.size();
        members_.push_back({index, std::move(nodes)});
    }

    void add(FlowClient& client,
             std::span<const FlowJob> flows,
             std::vector<Result<FlowNode>>& into) {
        if (members_.size() > 1 && add_together(client, flows, into)) return;
        for (Member& member : members_)
            into[member.index] = add_alone(client, flows[member.index], std::move(member.nodes));
        members_.clear();
    }

private:
    struct Member {
        std::size_t index;
        FlowNodes nodes;
    };

    static Result<FlowNode> add_alone(FlowClient& client, const FlowJob& flow, FlowNodes nodes) {
        Answers answers = client.send(std::move(nodes.nodes));
        if (!answers) return answers.error();
        std::vector<contract::Added> added;
        for (std::size_t i = 0; i < answers->size(); ++i) {
            Result<contract::Added>& answer = (*answers)[i];
            if (answer) {
                added.push_back(std::move(*answer));
                continue;
            }
            // The others of a refused flow are `cancelled`: this may be one of those.
            const Error& why = answer.error();
            if (why.code() == ErrorCode::cancelled && i + 1 < answers->size()) continue;
            const std::string& path = nodes.paths[i];
            return Error(why.code(), (path.empty() ? "" : path + ": ") + why.message());
        }
        if (added.size() != nodes.paths.size())
            return Error(ErrorCode::cancelled, "the store refused the flow");
        return shaped(flow, added);
    }

    // False: one of them was refused and with it, since a step is whole, all the others.
    bool add_together(FlowClient& client,
                      std::span<const FlowJob> flows,
                      std::vector<Result<FlowNode>>& into) {
        std::vector<contract::AddFlowParams::Node> nodes;
        nodes.reserve(jobs_);
        for (const Member& member : members_)
            nodes.insert(nodes.end(), member.nodes.nodes.begin(), member.nodes.nodes.end());
        Answers answers = client.send(std::move(nodes));
        if (!answers) {
            for (const Member& member : members_)
                into[member.index] = answers.error();
            return true;
        }
        std::vector<contract::Added> added;
        for (Result<contract::Added>& answer : *answers) {
            if (!answer) return false;
            added.push_back(std::move(*answer));
        }
        std::span<const contract::Added> left = added;
        for (const Member& member : members_) {
            const std::size_t count = member.nodes.paths.size();
            into[member.index] = shaped(flows[member.index], left.first(count));
            left = left.subspan(count);
        }
        return true;
    }

    std::vector<Member> members_{};
    std::size_t jobs_ = 0;
};

FlowClient::Lane FlowClient::borrow() {
    {
        const base::MutexLock lock(mutex_);
        if (!lanes_.empty()) {
            Lane lane = std::move(lanes_.back());
            lanes_.pop_back();
            return lane;
        }
    }
    return {.token = asker_.store().capabilities().outcomes_get_lost ? base::make_uuid() : ""};
}

void FlowClient::give_back(Lane lane) {
    const base::MutexLock lock(mutex_);
    lanes_.push_back(std::move(lane));
}

FlowClient::Answers FlowClient::send(std::vector<contract::AddFlowParams::Node> nodes) {
    Lane lane = borrow();
    const contract::AddFlowParams params{
        .nodes = std::move(nodes), .repeat_token = lane.token, .repeat_sequence = ++lane.sequence};
    const auto repeat = lane.token.empty() ? queue::Repeat::when_unchanged : queue::Repeat::always;
    Answers answers = asker_.ask<Answers>(repeat, [&](contract::JobStore& store, auto done) {
        store.add_flow(params, std::move(done));
    });
    // A lane whose add may still arrive is not used again.
    if (answers || !may_have_happened(answers.error())) give_back(std::move(lane));
    return answers;
}

Result<FlowNode> FlowClient::add(const FlowJob& flow) {
    return std::move(add_bulk({&flow, 1}).front());
}

std::vector<Result<FlowNode>> FlowClient::add_bulk(std::span<const FlowJob> flows) {
    std::vector<Result<FlowNode>> answers(flows.size(), FlowNode{});
    Step step;
    for (std::size_t i = 0; i < flows.size(); ++i) {
        Result<FlowNodes> nodes = flow_nodes(flows[i], asker_.access().prefix);
        if (!nodes) {
            answers[i] = nodes.error();
            continue;
        }
        if (!step.has_room_for(*nodes)) {
            step.add(*this, flows, answers);
            step = Step();
        }
        step.put(i, std::move(*nodes));
    }
    step.add(*this, flows, answers);
    return answers;
}

Result<FlowTree> FlowClient::tree(std::string_view queue,
                                  std::string_view id,
                                  const FlowTreeOptions& options) const {
    return read_tree(asker_, {std::string(queue), JobId(id)}, options);
}

}  // namespace toril::flow

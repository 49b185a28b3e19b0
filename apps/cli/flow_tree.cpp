// toril flow tree QUEUE ID

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "session.hpp"

#include <toril/flow.hpp>

namespace toril::cli {
namespace {

void print_tree(Output& out, const FlowTree& tree, std::size_t depth) {
    const std::string indent(depth * 2, ' ');
    const Job& job = tree.job;
    std::string line = indent + job.id + "  " + job.queue + "  " + job.name + "  " +
                       std::string(to_string(job.state));
    if (!job.failed_reason.empty() && job.state == JobState::failed)
        line += ": " + job.failed_reason;
    out.line(line);
    if (!tree.stuck.empty()) out.line(indent + "  stuck: " + tree.stuck);
    for (const FlowTree& child : tree.children)
        print_tree(out, child, depth + 1);
    if (tree.more_children > 0)
        out.line(indent + "  and " + std::to_string(tree.more_children) + " more");
}

class ShowFlowTree final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.word("id", "id of the job at the top", id_);
        arguments.number("--depth", "generations shown [10]", {1, flow_depth_max}, depth_);
        arguments.number("--children", "children shown of each job [20]", {1, 10'000}, children_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<Store> store = session.store();
        if (!store) return store.error();
        Result<FlowTree> tree = FlowProducer(*store).tree(
            queue_,
            id_,
            {.depth_max = static_cast<int>(depth_.value_or(10)),
             .children_max = static_cast<std::size_t>(children_.value_or(20))});
        if (!tree) return tree.error();
        if (session.out().is_text())
            print_tree(session.out(), *tree, 0);
        else
            session.out().json(to_json(*tree));
        return Exit::ok;
    }

private:
    std::string queue_{};
    std::string id_{};
    std::optional<std::int64_t> depth_{};
    std::optional<std::int64_t> children_{};
};

}  // namespace

std::unique_ptr<Command> make_flow_tree() {
    return std::make_unique<ShowFlowTree>();
}

}  // namespace toril::cli

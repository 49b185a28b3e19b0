// toril flow add FILE|-

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "data_argument.hpp"
#include "session.hpp"

#include <toril/flow.hpp>

namespace toril::cli {
namespace {

// "id (queue)", children below their parent.
void print_tree(Output& out, const FlowNode& node, std::size_t depth) {
    out.line(std::string(depth * 2, ' ') + node.id + "  " + node.queue +
             (node.existed ? "  existed already" : ""));
    for (const FlowNode& child : node.children)
        print_tree(out, child, depth + 1);
}

class FlowAdd final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("file", "a file, or - for standard input, or the JSON itself", file_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        const bool is_json = file_.starts_with('{') || file_ == "-" || file_.starts_with('@');
        Result<Json> json = read_data(is_json ? file_ : "@" + file_, payload_bytes_default_max);
        if (!json) return json.error();
        Result<FlowJob> flow = flow_job_from_json(*json);
        if (!flow) return flow.error();
        Result<Store> store = session.store();
        if (!store) return store.error();
        Result<FlowNode> added = FlowProducer(*store).add(*flow);
        if (!added) return added.error();
        if (session.out().is_text())
            print_tree(session.out(), *added, 0);
        else
            session.out().json(to_json(*added));
        return Exit::ok;
    }

private:
    std::string file_{};
};

}  // namespace

std::unique_ptr<Command> make_flow_add() {
    return std::make_unique<FlowAdd>();
}

}  // namespace toril::cli

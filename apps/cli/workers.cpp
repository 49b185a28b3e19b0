// toril workers QUEUE

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "session.hpp"

#include <toril/config.hpp>
#include <toril/job_json.hpp>

#include <chrono>

namespace toril::cli {
namespace {

class Workers final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.output(true);
    }

    Result<Exit> run(Session& session) override {
        Result<Queue> queue = session.queue(queue_);
        if (!queue) return queue.error();
        Result<std::vector<WorkerInfo>> workers = queue->workers();
        if (!workers) return workers.error();
        print(session.out(), *workers);
        return Exit::ok;
    }

private:
    static void print(Output& out, const std::vector<WorkerInfo>& workers) {
        if (out.is_text()) {
            Table table({"NAME", "ADDRESS", "CONNECTED FOR"});
            for (const WorkerInfo& worker : workers)
                table.row({worker.name.empty() ? "-" : worker.name,
                           worker.address,
                           format_duration(std::chrono::floor<std::chrono::seconds>(worker.age))});
            return out.raw(table.text(0));
        }
        print_json(out, workers);
    }

    std::string queue_{};
};

}  // namespace

std::unique_ptr<Command> make_workers() {
    return std::make_unique<Workers>();
}

}  // namespace toril::cli

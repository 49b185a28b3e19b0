// toril counts QUEUE

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "counts_text.hpp"
#include "session.hpp"

#include <toril/job_json.hpp>

namespace toril::cli {
namespace {

class Counts final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<Queue> queue = session.queue(queue_);
        if (!queue) return queue.error();
        Result<JobCounts> counts = queue->counts();
        if (!counts) return counts.error();
        if (session.out().is_text())
            session.out().raw(counts_text(*counts));
        else
            session.out().json(to_json(*counts));
        return Exit::ok;
    }

private:
    std::string queue_{};
};

}  // namespace

std::unique_ptr<Command> make_counts() {
    return std::make_unique<Counts>();
}

}  // namespace toril::cli

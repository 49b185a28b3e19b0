// toril queue show QUEUE

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "counts_text.hpp"
#include "queue_json.hpp"
#include "session.hpp"

namespace toril::cli {
namespace {

class QueueShow final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<Queue> queue = session.queue(queue_);
        if (!queue) return queue.error();
        if (!session.out().is_text()) {
            Result<Json> json = queue_json(*queue);
            if (!json) return json.error();
            session.out().json(*json);
            return Exit::ok;
        }
        Result<bool> paused = queue->is_paused();
        if (!paused) return paused.error();
        Result<JobCounts> counts = queue->counts();
        if (!counts) return counts.error();
        session.out().line("queue   " + queue_);
        session.out().line("store   " + session.settings().text("store"));
        session.out().line(*paused ? "paused  yes" : "paused  no");
        session.out().raw(counts_text(*counts));
        return Exit::ok;
    }

private:
    std::string queue_{};
};

}  // namespace

std::unique_ptr<Command> make_queue_show() {
    return std::make_unique<QueueShow>();
}

}  // namespace toril::cli

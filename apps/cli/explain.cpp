// toril explain QUEUE ID

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "session.hpp"

namespace toril::cli {
namespace {

class Explain final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.word("id", "id of the job", id_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<Queue> queue = session.queue(queue_);
        if (!queue) return queue.error();
        Result<std::string> why = queue->explain(id_);
        if (!why) return why.error();
        if (session.out().is_text())
            session.out().line(*why);
        else
            session.out().json(
                JsonObject().put("id", id_).put("queue", queue_).put("explanation", *why).json());
        return Exit::ok;
    }

private:
    std::string queue_{};
    std::string id_{};
};

}  // namespace

std::unique_ptr<Command> make_explain() {
    return std::make_unique<Explain>();
}

}  // namespace toril::cli

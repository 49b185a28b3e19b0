// toril cancel QUEUE ID [--reason TEXT]

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "session.hpp"

namespace toril::cli {
namespace {

class Cancel final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.word("id", "id of the job", id_);
        arguments.text("--reason", "why, for its record [cancelled]", reason_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<Queue> queue = session.queue(queue_);
        if (!queue) return queue.error();
        Result<JobState> was = queue->cancel(id_, reason_.value_or("cancelled"));
        if (!was) return was.error();
        if (*was == JobState::active)
            session.say("job " + id_ + " runs; its handler was asked to stop");
        if (!session.out().is_text())
            session.out().json(JsonObject()
                                   .put("id", id_)
                                   .put("queue", queue_)
                                   .put("was", to_string(*was))
                                   .put("state", *was == JobState::active ? "active" : "failed")
                                   .json());
        return Exit::ok;
    }

private:
    std::string queue_{};
    std::string id_{};
    std::optional<std::string> reason_{};
};

}  // namespace

std::unique_ptr<Command> make_cancel() {
    return std::make_unique<Cancel>();
}

}  // namespace toril::cli

// toril promote QUEUE ID, toril promote QUEUE --all

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "session.hpp"

namespace toril::cli {
namespace {

class Promote final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.optional_word("id", "id of the job", id_);
        arguments.flag("--all", "every delayed job", all_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        if (id_.has_value() == all_)
            return Error(ErrorCode::invalid_argument, "name a job, or all delayed ones with --all");
        Result<Queue> queue = session.queue(queue_);
        if (!queue) return queue.error();
        std::size_t promoted = 1;
        if (all_) {
            Result<std::size_t> done = queue->promote_all();
            if (!done) return done.error();
            promoted = *done;
        } else if (Status s = queue->promote(*id_); !s) {
            return s.error();
        }
        if (!session.out().is_text())
            session.out().json(JsonObject().put("promoted", promoted).json());
        else if (all_)
            session.out().line(std::to_string(promoted));
        return Exit::ok;
    }

private:
    std::string queue_{};
    std::optional<std::string> id_{};
    bool all_ = false;
};

}  // namespace

std::unique_ptr<Command> make_promote() {
    return std::make_unique<Promote>();
}

}  // namespace toril::cli

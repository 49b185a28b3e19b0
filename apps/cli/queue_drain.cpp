// toril queue drain QUEUE [--delayed] --yes

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "confirm.hpp"
#include "json_object.hpp"
#include "session.hpp"

namespace toril::cli {
namespace {

class QueueDrain final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.flag("--delayed", "delayed jobs too", delayed_);
        arguments.flag("--yes", "do not ask", consent_.yes);
        arguments.flag("--dry-run", "only say how many would go", consent_.dry_run);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<Queue> queue = session.queue(queue_);
        if (!queue) return queue.error();
        Result<JobCounts> counts = queue->counts();
        if (!counts) return counts.error();
        std::size_t removed = counts->waiting + counts->paused + counts->prioritized +
                              (delayed_ ? counts->delayed : 0);
        if (!consent_.dry_run) {
            if (Status s = confirm(
                    consent_,
                    "remove " + std::to_string(removed) + " jobs that wait in \"" + queue_ + "\"");
                !s)
                return s.error();
            Result<std::size_t> done = queue->drain(delayed_);
            if (!done) return done.error();
            removed = *done;
        }
        if (session.out().is_text())
            session.out().line(std::to_string(removed));
        else
            session.out().json(JsonObject()
                                   .put("queue", queue_)
                                   .put("removed", removed)
                                   .put("dryRun", consent_.dry_run)
                                   .json());
        return Exit::ok;
    }

private:
    std::string queue_{};
    bool delayed_ = false;
    Consent consent_{};
};

}  // namespace

std::unique_ptr<Command> make_queue_drain() {
    return std::make_unique<QueueDrain>();
}

}  // namespace toril::cli

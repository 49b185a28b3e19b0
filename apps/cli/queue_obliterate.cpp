// toril queue obliterate QUEUE [--force] --yes

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "confirm.hpp"
#include "json_object.hpp"
#include "session.hpp"

namespace toril::cli {
namespace {

std::uint64_t total(const JobCounts& counts) {
    return counts.waiting + counts.active + counts.delayed + counts.prioritized +
           counts.waiting_children + counts.completed + counts.failed + counts.paused;
}

class QueueObliterate final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.flag("--force", "even while jobs are running", force_);
        arguments.flag("--yes", "do not ask", consent_.yes);
        arguments.flag("--dry-run", "only say how many jobs would go", consent_.dry_run);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<Queue> queue = session.queue(queue_);
        if (!queue) return queue.error();
        Result<JobCounts> counts = queue->counts();
        if (!counts) return counts.error();
        const std::uint64_t jobs = total(*counts);
        if (!consent_.dry_run) {
            if (Status s = confirm(
                    consent_,
                    "remove queue \"" + queue_ + "\" with its " + std::to_string(jobs) + " jobs",
                    queue_);
                !s)
                return s.error();
            if (Status s = queue->obliterate(force_); !s) return s.error();
        }
        if (!session.out().is_text())
            session.out().json(JsonObject()
                                   .put("queue", queue_)
                                   .put("removed", jobs)
                                   .put("dryRun", consent_.dry_run)
                                   .json());
        else
            session.out().line(std::to_string(jobs));
        return Exit::ok;
    }

private:
    std::string queue_{};
    bool force_ = false;
    Consent consent_{};
};

}  // namespace

std::unique_ptr<Command> make_queue_obliterate() {
    return std::make_unique<QueueObliterate>();
}

}  // namespace toril::cli

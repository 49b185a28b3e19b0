// toril promote QUEUE ID, toril promote QUEUE --all, or those that match

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "filter_argument.hpp"
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
        filter_.declare(arguments);
        arguments.flag("--dry-run", "with a filter: only say which", dry_run_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        if (id_.has_value() + all_ + filter_.is_set() != 1)
            return Error(ErrorCode::invalid_argument,
                         "name a job, or all delayed ones with --all, or say which with --name, "
                         "--data and --error");
        if (dry_run_ && !filter_.is_set())
            return Error(ErrorCode::invalid_argument, "--dry-run is for --name, --data, --error");
        Result<Queue> queue = session.queue(queue_);
        if (!queue) return queue.error();
        if (filter_.is_set()) return promote_found(session, *queue);
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
    Result<Exit> promote_found(Session& session, Queue& queue) const {
        Result<JobFilter> filter = filter_.filter();
        if (!filter) return filter.error();
        filter->states = {JobState::delayed};
        Result<BulkResult> result = for_each_found(
            queue, *filter, dry_run_, [&](const JobId& id) { return queue.promote(id); });
        if (!result) return result.error();
        return print_bulk(session, "promoted", *result, dry_run_);
    }

    std::string queue_{};
    std::optional<std::string> id_{};
    FilterArgument filter_{};
    bool all_ = false;
    bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_promote() {
    return std::make_unique<Promote>();
}

}  // namespace toril::cli

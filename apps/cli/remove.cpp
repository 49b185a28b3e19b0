// toril remove QUEUE ID, toril remove QUEUE --state S [--name N --data P=V --error TEXT] --yes

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "confirm.hpp"
#include "filter_argument.hpp"
#include "job_state_argument.hpp"
#include "json_object.hpp"
#include "session.hpp"

namespace toril::cli {
namespace {

class Remove final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.optional_word("id", "id of the job", id_);
        arguments.flag("--keep-children", "not the jobs that it waits for", keep_children_);
        arguments.text("--state", "without an id: jobs of this state", state_);
        filter_.declare(arguments);
        arguments.flag("--yes", "with a filter: do not ask", consent_.yes);
        arguments.flag("--dry-run", "with a filter: only say which", consent_.dry_run);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        const bool many = state_ || filter_.is_set();
        if (id_.has_value() == many)
            return Error(ErrorCode::invalid_argument,
                         "name one job, or say which with --state, --name, --data and --error");
        Result<Queue> queue = session.queue(queue_);
        if (!queue) return queue.error();
        if (many) return remove_found(session, *queue);
        if (Status s = queue->remove(*id_, !keep_children_); !s) return s.error();
        if (!session.out().is_text())
            session.out().json(
                JsonObject().put("id", *id_).put("queue", queue_).put("removed", true).json());
        return Exit::ok;
    }

private:
    Result<Exit> remove_found(Session& session, Queue& queue) const {
        Result<JobFilter> filter = filter_.filter();
        if (!filter) return filter.error();
        if (state_) {
            Result<JobState> state = parse_state(*state_);
            if (!state) return state.error();
            filter->states = {*state};
        }
        if (!consent_.dry_run)
            if (Status s = confirm(consent_, "remove the jobs of \"" + queue_ + "\" that match");
                !s)
                return s.error();
        Result<BulkResult> result =
            for_each_found(queue, *filter, consent_.dry_run, [&](const JobId& id) {
                return queue.remove(id, !keep_children_);
            });
        if (!result) return result.error();
        return print_bulk(session, "removed", *result, consent_.dry_run);
    }

    std::string queue_{};
    std::optional<std::string> id_{};
    std::optional<std::string> state_{};
    FilterArgument filter_{};
    Consent consent_{};
    bool keep_children_ = false;
};

}  // namespace

std::unique_ptr<Command> make_remove() {
    return std::make_unique<Remove>();
}

}  // namespace toril::cli

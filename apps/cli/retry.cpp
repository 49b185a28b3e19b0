// toril retry QUEUE ID, toril retry QUEUE --state failed [--name N --data P=V --error TEXT]

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "filter_argument.hpp"
#include "job_state_argument.hpp"
#include "json_object.hpp"
#include "session.hpp"

namespace toril::cli {
namespace {

class Retry final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.optional_word("id", "id of the job", id_);
        arguments.text(
            "--state", "failed or completed; without an id: all jobs of the state", state_);
        filter_.declare(arguments);
        arguments.flag("--reset-attempts", "with all its attempts before it", reset_attempts_);
        arguments.flag("--dry-run", "only say which jobs it would be", dry_run_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        const bool many = state_ || filter_.is_set();
        if (!id_ && !many)
            return Error(ErrorCode::invalid_argument,
                         "name a job, or all failed ones with --state failed");
        if (id_ && (filter_.is_set() || dry_run_))
            return Error(ErrorCode::invalid_argument,
                         "a job is named; --name, --data, --error and --dry-run are for many");
        Result<JobState> from = parse_state(state_.value_or("failed"));
        if (!from) return from.error();
        if (*from != JobState::failed && *from != JobState::completed)
            return Error(ErrorCode::invalid_argument,
                         "only failed and completed jobs can be retried; see toril promote for "
                         "delayed ones");
        Result<Queue> queue = session.queue(queue_);
        if (!queue) return queue.error();
        if (id_) return retry_one(session, *queue, *from);
        if (filter_.is_set() || dry_run_ || reset_attempts_)
            return retry_found(session, *queue, *from);
        return retry_all(session, *queue, *from);
    }

private:
    Result<Exit> retry_one(Session& session, Queue& queue, JobState from) const {
        if (Status s = queue.retry(*id_, from, reset_attempts_); !s) return s.error();
        if (!session.out().is_text())
            session.out().json(
                JsonObject().put("id", *id_).put("queue", queue_).put("state", "waiting").json());
        return Exit::ok;
    }

    Result<Exit> retry_found(Session& session, Queue& queue, JobState from) const {
        Result<JobFilter> filter = filter_.filter();
        if (!filter) return filter.error();
        filter->states = {from};
        Result<BulkResult> result = for_each_found(queue, *filter, dry_run_, [&](const JobId& id) {
            return queue.retry(id, from, reset_attempts_);
        });
        if (!result) return result.error();
        return print_bulk(session, "retried", *result, dry_run_);
    }

    static Result<Exit> retry_all(Session& session, Queue& queue, JobState from) {
        Result<std::size_t> retried = queue.retry_all(from);
        if (!retried) return retried.error();
        if (session.out().is_text())
            session.out().line(std::to_string(*retried));
        else
            session.out().json(JsonObject().put("retried", *retried).json());
        return Exit::ok;
    }

    std::string queue_{};
    std::optional<std::string> id_{};
    std::optional<std::string> state_{};
    FilterArgument filter_{};
    bool reset_attempts_ = false;
    bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_retry() {
    return std::make_unique<Retry>();
}

}  // namespace toril::cli

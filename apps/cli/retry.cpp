// toril retry QUEUE ID, toril retry QUEUE --state failed

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
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
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        if (!id_ && !state_)
            return Error(ErrorCode::invalid_argument,
                         "name a job, or all failed ones with --state failed");
        Result<JobState> from = parse_state(state_.value_or("failed"));
        if (!from) return from.error();
        if (*from != JobState::failed && *from != JobState::completed)
            return Error(ErrorCode::invalid_argument,
                         "only failed and completed jobs can be retried; see toril promote for "
                         "delayed ones");
        Result<Queue> queue = session.queue(queue_);
        if (!queue) return queue.error();
        return id_ ? retry_one(session, *queue, *from) : retry_all(session, *queue, *from);
    }

private:
    Result<Exit> retry_one(Session& session, Queue& queue, JobState from) const {
        if (Status s = queue.retry(*id_, from); !s) return s.error();
        if (!session.out().is_text())
            session.out().json(
                JsonObject().put("id", *id_).put("queue", queue_).put("state", "waiting").json());
        return Exit::ok;
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
};

}  // namespace

std::unique_ptr<Command> make_retry() {
    return std::make_unique<Retry>();
}

}  // namespace toril::cli

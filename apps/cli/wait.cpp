// toril wait QUEUE ID [--timeout 1m]

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "session.hpp"

#include <toril/job_json.hpp>

namespace toril::cli {
namespace {

// Without --timeout: for as long as it takes. Years, because the store adds it to its clock.
constexpr Millis unlimited{10LL * 365 * 86'400'000};

class Wait final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.word("id", "id of the job", id_);
        arguments.duration("--timeout", "give up, with exit code 7, after this long", timeout_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<Queue> queue = session.queue(queue_);
        if (!queue) return queue.error();
        // Asked first, so that a store which is away is told at once.
        if (Result<Job> job = queue->job(id_); !job) return job.error();
        Result<Job> job = queue->wait_until_finished(id_, timeout_.value_or(unlimited));
        if (!job) return job.error();
        if (!session.out().is_text())
            session.out().json(to_json(*job));
        else if (job->return_value)
            session.out().line(job->return_value->text());
        if (job->state != JobState::failed) return Exit::ok;
        return Error(ErrorCode::failed, "job " + id_ + " failed: " + job->failed_reason);
    }

private:
    std::string queue_{};
    std::string id_{};
    std::optional<Millis> timeout_{};
};

}  // namespace

std::unique_ptr<Command> make_wait() {
    return std::make_unique<Wait>();
}

}  // namespace toril::cli
